import type { Upload, UploadedPart } from "./buckets.js";
import type { ServiceBehaviour } from "./compatibility.js";
import {
	type ChecksumName,
	declaredChecksum,
	declaredDigests,
	requireDigest,
} from "./declared-checksums.js";
import { pageSize } from "./list-objects.js";
import { requireUpload } from "./multipart-uploads.js";
import { defaultChecksum } from "./object-checksum.js";
import { documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { digestOf, type ReceivedBody, receiveBody } from "./receive-body.js";
import { invalidArgument, noSuchUpload, S3Error } from "./s3-error.js";
import { randomEtag } from "./storage-faults.js";
import { leaf, tree, xmlDocument } from "./xml-writer.js";

const maxParts = 10_000;

export const partEtag = (part: UploadedPart): string =>
	part.etag ?? `"${part.digest.toString("hex")}"`;

function partNumberOf({ request }: ObjectCall): number {
	const text = request.query.get("partNumber") ?? "";
	const partNumber = Number(text);
	if (/^\d+$/.test(text) && partNumber >= 1 && partNumber <= maxParts) return partNumber;
	throw invalidArgument(
		`Part number must be an integer between 1 and ${maxParts}, inclusive`,
		"partNumber",
		text,
	);
}

/** Refuses another algorithm than that of the upload, and a part of a composite upload without a checksum. */
function checkAlgorithm(
	{ checksum }: Upload,
	given: string | undefined,
	{ bareParts }: ServiceBehaviour,
): void {
	if (checksum === undefined || given === checksum.name) return;
	if (given === undefined && checksum.type === "FULL_OBJECT" && bareParts !== "refused") return;
	throw new S3Error(
		"InvalidRequest",
		`Checksum Type mismatch occurred, expected checksum Type: ${checksum.name}, actual checksum Type: ${given ?? "null"}`,
	);
}

/**
 * Stores the part that a request sends or copies.
 *
 * @param receive reads its bytes and computes the digest of that name
 */
export async function storePart<Body extends ReceivedBody>(
	call: ObjectCall,
	receive: (upload: Upload, name: ChecksumName) => Promise<Body>,
): Promise<{ readonly upload: Upload; readonly part: UploadedPart; readonly body: Body }> {
	const partNumber = partNumberOf(call);
	const upload = requireUpload(call);
	const { name } = upload.checksum ?? defaultChecksum;
	const body = await receive(upload, name);
	if (call.bucket.uploads.get(upload.id) !== upload) {
		// completed or aborted while the body was arriving
		await body.bytes.discard();
		throw noSuchUpload(upload.id);
	}
	const part: UploadedPart = {
		partNumber,
		bytes: body.bytes,
		digest: digestOf(body, "md5"),
		etag: randomEtag(call.request),
		lastModified: new Date(),
		checksum: digestOf(body, name),
		bare: declaredChecksum(call.request) === undefined,
	};
	const before = upload.parts.get(partNumber);
	upload.parts.set(partNumber, part);
	await before?.bytes.discard();
	return { upload, part, body };
}

export async function uploadPart(call: ObjectCall): Promise<S3Reply> {
	const { upload, part, body } = await storePart(call, (target, name) => {
		const declared = declaredDigests(call.request);
		if (call.state.objectLock) requireDigest(declared, "Put Part");
		checkAlgorithm(target, declared.checksum?.name, call.state.behaviour);
		return receiveBody(call, [name]);
	});
	const algorithm = upload.checksum?.name ?? body.declared.checksum?.name;
	return {
		status: 200,
		headers: {
			etag: partEtag(part),
			...(algorithm
				? { [`x-amz-checksum-${algorithm}`]: digestOf(body, algorithm).toString("base64") }
				: {}),
		},
	};
}

/** ListParts. Also the last page has a marker, which a paginator must not follow: that of its last part, or 0. */
export async function listParts(call: ObjectCall): Promise<S3Reply> {
	const { bucket, key, request, state } = call;
	const upload = requireUpload(call);
	const limit = pageSize(request.query, "max-parts");
	const marker = request.query.get("part-number-marker") ?? "0";
	if (!/^\d{1,10}$/.test(marker)) {
		throw invalidArgument(
			"Provided part-number-marker not an integer or within integer range",
			"part-number-marker",
			marker,
		);
	}
	const left = [...upload.parts.values()]
		.filter(({ partNumber }) => partNumber > Number(marker))
		.sort((a, b) => a.partNumber - b.partNumber);
	const parts = left.slice(0, limit);
	const checksum = state.behaviour.bareParts === "not-completed" ? undefined : upload.checksum;
	const truncated = parts.length < left.length;
	const owner = [leaf("ID", state.accessKeyId), leaf("DisplayName", state.accessKeyId)];
	return documentReply(
		xmlDocument("ListPartsResult", [
			leaf("Bucket", bucket.name),
			leaf("Key", key),
			leaf("UploadId", upload.id),
			tree("Initiator", owner),
			tree("Owner", owner),
			leaf("StorageClass", upload.attributes.get("x-amz-storage-class") ?? "STANDARD"),
			leaf("PartNumberMarker", Number(marker)),
			leaf("NextPartNumberMarker", parts.at(-1)?.partNumber ?? 0),
			leaf("MaxParts", limit),
			leaf("IsTruncated", truncated),
			leaf("ChecksumAlgorithm", checksum?.name.toUpperCase()),
			leaf("ChecksumType", checksum?.type),
			...parts.map((part) =>
				tree("Part", [
					leaf("PartNumber", part.partNumber),
					leaf("LastModified", part.lastModified.toISOString()),
					leaf("ETag", partEtag(part)),
					leaf("Size", part.bytes.size),
					...(checksum
						? [leaf(`Checksum${checksum.name.toUpperCase()}`, part.checksum.toString("base64"))]
						: []),
				]),
			),
		]),
	);
}
