import { hash } from "node:crypto";
import { joinBytes } from "./blob-store.js";
import type { StoredChecksum, StoredObject, Upload, UploadedPart } from "./buckets.js";
import { type ListedPart, parseCompletion } from "./completion-document.js";
import { checkWriteConditions } from "./conditions.js";
import { combineCrcs } from "./crc-combine.js";
import { checkDigest, declaredChecksum } from "./declared-checksums.js";
import { digestSet } from "./digests.js";
import { requireUpload } from "./multipart-uploads.js";
import { documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { readDocument } from "./payload-body.js";
import { checksumHeaders, commitObject } from "./put-object.js";
import { entityTooLarge } from "./receive-body.js";
import { conditionalConflict, S3Error } from "./s3-error.js";
import { checkAlgorithm, partEtag } from "./upload-parts.js";
import { leaf, xmlDocument } from "./xml-writer.js";

/** 5 MiB: the minimum for every part but the last. */
const minPart = 5 * 1024 ** 2;
/** 50 TB. */
const maxObject = 50e12;

function invalidPart(upload: Upload, { partNumber, etag }: ListedPart): S3Error {
	return new S3Error(
		"InvalidPart",
		"One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
		{ UploadId: upload.id, PartNumber: partNumber, ETag: etag },
	);
}

/** The stored parts that the request lists. Throws when they differ from the list. */
function matchParts(upload: Upload, listed: readonly ListedPart[]): readonly UploadedPart[] {
	let before = 0;
	for (const { partNumber } of listed) {
		if (partNumber <= before) {
			throw new S3Error(
				"InvalidPartOrder",
				"The list of parts was not in ascending order. Parts must be ordered by part number.",
				{ UploadId: upload.id },
			);
		}
		before = partNumber;
	}
	const parts = listed.map((entry) => {
		const part = upload.parts.get(entry.partNumber);
		if (part === undefined || partEtag(part) !== `"${entry.etag}"`)
			throw invalidPart(upload, entry);
		for (const { name, value } of entry.checksums) {
			if (name !== upload.checksum?.name || value !== part.checksum?.toString("base64")) {
				throw invalidPart(upload, entry);
			}
		}
		if (upload.checksum?.type === "COMPOSITE" && entry.checksums.length === 0) {
			throw new S3Error(
				"InvalidRequest",
				`The upload was created using a ${upload.checksum.name} checksum. The complete request must include the checksum for each part. It was missing for part ${entry.partNumber} in the request.`,
			);
		}
		return part;
	});
	for (const part of parts.slice(0, -1)) {
		if (part.bytes.size < minPart) {
			throw new S3Error(
				"EntityTooSmall",
				"Your proposed upload is smaller than the minimum allowed size",
				{
					ProposedSize: part.bytes.size,
					MinSizeAllowed: minPart,
					PartNumber: part.partNumber,
					ETag: partEtag(part),
				},
			);
		}
	}
	return parts;
}

function checkSize({ request }: ObjectCall, size: number): void {
	if (size > maxObject) throw entityTooLarge(size, maxObject);
	const declared = request.headers.get("x-amz-mp-object-size");
	if (declared === undefined || declared === String(size)) return;
	throw new S3Error(
		"InvalidRequest",
		`The provided 'x-amz-mp-object-size' header value ${declared} does not match what was computed: ${size}`,
	);
}

function wholeChecksum(
	upload: Upload,
	parts: readonly UploadedPart[],
): { readonly digest: Buffer; readonly stored: StoredChecksum } | undefined {
	if (upload.checksum === undefined) return undefined;
	const { name, type } = upload.checksum;
	const pieces = parts.map(({ checksum = Buffer.alloc(0), bytes }) => ({
		crc: checksum,
		size: bytes.size,
	}));
	if (type === "COMPOSITE" || name === "sha1" || name === "sha256") {
		const digests = digestSet([name]);
		for (const { crc } of pieces) digests.update(crc);
		const digest = digests.finish().get(name) ?? Buffer.alloc(0);
		return {
			digest,
			stored: { name, type, value: `${digest.toString("base64")}-${parts.length}` },
		};
	}
	const digest = combineCrcs(name, pieces);
	return { digest, stored: { name, type, value: digest.toString("base64") } };
}

/** Checks the declared checksum of the whole object. */
function checkWhole(call: ObjectCall, upload: Upload, parts: readonly UploadedPart[]): void {
	const { headers } = call.request;
	const type = headers.get("x-amz-checksum-type");
	if (type !== undefined && type !== upload.checksum?.type) {
		throw new S3Error(
			"InvalidRequest",
			`The upload was created using the ${upload.checksum?.type ?? "null"} checksum mode. The complete request must use the same checksum mode.`,
		);
	}
	const declared = declaredChecksum(call.request);
	checkAlgorithm(upload, declared?.name);
	if (declared?.value === undefined) return;
	const whole = wholeChecksum(upload, parts);
	if (whole) checkDigest(declared.name, declared.value, whole.digest);
}

function completedReply(call: ObjectCall, object: StoredObject): S3Reply {
	const { bucket, key, request } = call;
	const host = request.headers.get("host") ?? "";
	const { checksum } = object;
	return documentReply(
		xmlDocument("CompleteMultipartUploadResult", [
			leaf("Location", `http://${host}/${bucket.name}/${encodeURIComponent(key)}`),
			leaf("Bucket", bucket.name),
			leaf("Key", key),
			leaf("ETag", object.etag),
			...(checksum
				? [
						leaf(`Checksum${checksum.name.toUpperCase()}`, checksum.value),
						leaf("ChecksumType", checksum.type),
					]
				: []),
		]),
		checksumHeaders(checksum),
	);
}

function multipartEtag(parts: readonly UploadedPart[]): string {
	const digests = Buffer.concat(parts.map(({ digest }) => digest));
	return `"${hash("md5", digests)}-${parts.length}"`;
}

/** CompleteMultipartUpload. Idempotent: a repeat with the same parts gets the same response. */
export async function completeUpload(call: ObjectCall): Promise<S3Reply> {
	const { bucket, key, request } = call;
	const document = (await readDocument(request, call.payload)).toString("utf8");
	const listed = parseCompletion(document);
	const partsHash = hash("sha256", JSON.stringify(listed));
	// no await from here to the commit, so no other request can interleave
	const present = bucket.objects.get(key);
	const done = present?.completion;
	if (
		present &&
		done?.uploadId === request.query.get("uploadId") &&
		done?.partsHash === partsHash
	) {
		return completedReply(call, present);
	}
	const upload = requireUpload(call);
	const parts = matchParts(upload, listed);
	const bytes = joinBytes(parts.map((part) => part.bytes));
	checkSize(call, bytes.size);
	checkWhole(call, upload, parts);
	const condition = checkWriteConditions(request, key, present);
	if (condition && upload.keyDeleted) throw conditionalConflict(condition, key);
	const checksum = wholeChecksum(upload, parts)?.stored;
	const object: StoredObject = {
		key,
		bytes,
		etag: multipartEtag(parts),
		lastModified: new Date(),
		attributes: upload.attributes,
		tags: upload.tags,
		...(checksum ? { checksum } : {}),
		completion: { uploadId: upload.id, partsHash },
	};
	bucket.uploads.delete(upload.id);
	await commitObject(bucket, object);
	const unused = [...upload.parts.values()].filter((part) => !parts.includes(part));
	await Promise.all(unused.map((part) => part.bytes.discard()));
	return completedReply(call, object);
}
