import { hash } from "node:crypto";
import { joinBytes } from "./blob-store.js";
import type { StoredObject, Upload, UploadedPart } from "./buckets.js";
import type { ServiceBehaviour } from "./compatibility.js";
import { type ListedPart, parseCompletion } from "./completion-document.js";
import { checkWriteConditions } from "./conditions.js";
import { abortUpload, requireUpload } from "./multipart-uploads.js";
import { checkObjectChecksum, objectChecksum } from "./object-checksum.js";
import { documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { readDocument } from "./payload-body.js";
import { checksumHeaders, commitObject } from "./put-object.js";
import { entityTooLarge } from "./receive-body.js";
import { conditionalConflict, preconditionFailed, S3Error } from "./s3-error.js";
import { isFaulty } from "./storage-faults.js";
import { partEtag } from "./upload-parts.js";
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
function matchParts(
	upload: Upload,
	listed: readonly ListedPart[],
	{ bareParts, equalParts }: ServiceBehaviour,
): readonly UploadedPart[] {
	const wantsNames = upload.checksum?.type === "COMPOSITE" || bareParts === "to-be-named";
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
			if (upload.checksum && name !== upload.checksum.name) {
				throw new S3Error(
					"BadDigest",
					`The ${name} you specified for part ${part.partNumber} did not match what we received.`,
				);
			}
			// also where the upload began without an algorithm
			if (name !== upload.checksum?.name || value !== part.checksum.toString("base64")) {
				throw invalidPart(upload, entry);
			}
		}
		if (upload.checksum && bareParts === "not-completed" && part.bare)
			throw invalidPart(upload, entry);
		if (upload.checksum && wantsNames && entry.checksums.length === 0) {
			throw new S3Error(
				"InvalidRequest",
				`The upload was created using a ${upload.checksum.name} checksum. The complete request must include the checksum for each part. It was missing for part ${entry.partNumber} in the request.`,
			);
		}
		return part;
	});
	for (const part of parts.slice(0, -1)) {
		if (equalParts && part.bytes.size !== parts[0]?.bytes.size) {
			throw new S3Error("InvalidPart", "All non-trailing parts must have the same length.");
		}
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

function completedReply(call: ObjectCall, object: StoredObject): S3Reply {
	const { bucket, key, request, state } = call;
	const { tellsChecksums } = state.behaviour;
	const host = request.headers.get("host") ?? "";
	const { checksum } = object;
	return documentReply(
		xmlDocument("CompleteMultipartUploadResult", [
			leaf("Location", `http://${host}/${bucket.name}/${encodeURIComponent(key)}`),
			leaf("Bucket", bucket.name),
			leaf("Key", key),
			leaf("ETag", object.etag),
			...(tellsChecksums
				? [
						leaf(`Checksum${checksum.name.toUpperCase()}`, checksum.value),
						leaf("ChecksumType", checksum.type),
					]
				: []),
		]),
		tellsChecksums ? checksumHeaders(checksum) : {},
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
	// no await from here to the commit, so no other request can interleave
	const present = bucket.objects.get(key);
	const isRepeat = present?.completion?.uploadId === request.query.get("uploadId");
	// an unknown upload comes before a malformed document
	if (!isRepeat) requireUpload(call);
	const listed = parseCompletion(document);
	const partsHash = hash("sha256", JSON.stringify(listed));
	if (isRepeat && present?.completion?.partsHash === partsHash)
		return completedReply(call, present);
	const upload = requireUpload(call);
	if (isFaulty(request, "abort-upload")) {
		await abortUpload(call);
		throw preconditionFailed("If-None-Match");
	}
	const parts = matchParts(upload, listed, call.state.behaviour);
	const bytes = joinBytes(parts.map((part) => part.bytes));
	checkSize(call, bytes.size);
	const checksum = objectChecksum(upload, parts);
	checkObjectChecksum(request, upload, checksum);
	const condition = checkWriteConditions(request, key, present);
	if (condition && upload.keyChanged) throw conditionalConflict(condition, key);
	const object: StoredObject = {
		key,
		bytes,
		etag: multipartEtag(parts),
		lastModified: new Date(),
		attributes: upload.attributes,
		tags: upload.tags,
		checksum,
		parts: parts.map((part) => ({
			partNumber: part.partNumber,
			size: part.bytes.size,
			checksum: part.checksum.toString("base64"),
		})),
		completion: { uploadId: upload.id, partsHash },
	};
	bucket.uploads.delete(upload.id);
	await commitObject(bucket, object, "CompleteMultipartUpload");
	const unused = [...upload.parts.values()].filter((part) => !parts.includes(part));
	await Promise.all(unused.map((part) => part.bytes.discard()));
	return completedReply(call, object);
}
