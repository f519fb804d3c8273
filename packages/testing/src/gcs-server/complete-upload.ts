import { randomBytes } from "node:crypto";
import { joinBytes } from "../s3-server/blob-store.js";
import { parseCompletion } from "../s3-server/completion-document.js";
import { combineCrcs } from "../s3-server/crc-combine.js";
import { documentReply } from "../s3-server/operation.js";
import { leaf, xmlDocument } from "../s3-server/xml-writer.js";
import { GcsError } from "./gcs-error.js";
import {
	commitObject,
	type GcsCall,
	type GcsPart,
	type GcsReply,
	type GcsUpload,
} from "./gcs-state.js";
import { refuseConditions, requireUpload } from "./multipart-uploads.js";
import { readDocument } from "./receive-body.js";

/** 5 MiB: the minimum for every part but the last. */
const minPart = 5 * 1024 ** 2;

/** The stored parts that a completion lists. */
function matchParts(upload: GcsUpload, document: string): readonly GcsPart[] {
	const listed = parseCompletion(document);
	if (listed.some(({ partNumber }, index) => partNumber <= (listed[index - 1]?.partNumber ?? 0))) {
		throw new GcsError("InvalidPartOrder");
	}
	const parts = listed.map(({ partNumber, etag }) => {
		const part = upload.parts.get(partNumber);
		if (part?.etag !== `"${etag}"`) throw new GcsError("InvalidPart");
		return part;
	});
	if (parts.slice(0, -1).some(({ bytes }) => bytes.size < minPart)) {
		throw new GcsError("EntityTooSmall");
	}
	return parts;
}

/** Completes an upload. The object has no MD5, and its etag is not a digest. */
export async function completeUpload(call: GcsCall, payloadHash: string): Promise<GcsReply> {
	refuseConditions(call);
	const document = await readDocument(call.request, payloadHash);
	const upload = requireUpload(call);
	const parts = matchParts(upload, document);
	call.state.uploads.delete(upload.id);
	const pieces = parts.map(({ crc32c, bytes }) => ({ crc: crc32c, size: bytes.size }));
	const object = await commitObject(call, {
		bytes: joinBytes(parts.map(({ bytes }) => bytes)),
		crc32c: combineCrcs("crc32c", pieces),
		attributes: upload.attributes,
		etag: `"-${randomBytes(9).toString("base64")}"`,
	});
	const unused = [...upload.parts.values()].filter((part) => !parts.includes(part));
	await Promise.all(unused.map(({ bytes }) => bytes.discard()));
	return documentReply(
		xmlDocument("CompleteMultipartUploadResult", [
			leaf("Location", `http://${call.request.headers.get("host")}${call.request.path}`),
			leaf("Bucket", call.state.bucket),
			leaf("Key", upload.key),
			leaf("ETag", object.etag),
		]),
	);
}
