import { randomBytes } from "node:crypto";
import { documentReply } from "../s3-server/operation.js";
import { leaf, tree, xmlDocument } from "../s3-server/xml-writer.js";
import { GcsError } from "./gcs-error.js";
import { attributesOf, type GcsCall, type GcsReply, type GcsUpload } from "./gcs-state.js";
import { receiveBody } from "./receive-body.js";

const maxParts = 10_000;

/** Preconditions are documented as not supported for multipart uploads. */
export function refuseConditions({ request }: GcsCall): void {
	for (const name of request.headers.keys()) {
		if (!/^(x-goog-if-|if-)/.test(name)) continue;
		throw new GcsError("InvalidArgument", { Details: "Preconditions are not supported." });
	}
}

/** The upload of a request. */
export function requireUpload({ state, request, key }: GcsCall): GcsUpload {
	const upload = state.uploads.get(request.query.get("uploadId") ?? "");
	if (upload === undefined || upload.key !== key) throw new GcsError("NoSuchUpload");
	return upload;
}

export async function createUpload(call: GcsCall): Promise<GcsReply> {
	refuseConditions(call);
	const { state, request, key } = call;
	const id = randomBytes(48).toString("base64url");
	const attributes = attributesOf(request);
	state.uploads.set(id, { id, key, initiated: new Date(), attributes, parts: new Map() });
	return documentReply(
		xmlDocument("InitiateMultipartUploadResult", [
			leaf("Bucket", state.bucket),
			leaf("Key", key),
			leaf("UploadId", id),
		]),
	);
}

export async function uploadPart(call: GcsCall): Promise<GcsReply> {
	refuseConditions(call);
	const text = call.request.query.get("partNumber") ?? "";
	const partNumber = Number(text);
	if (!/^\d+$/.test(text) || partNumber < 1 || partNumber > maxParts) {
		throw new GcsError("InvalidArgument", { Details: "Invalid part number." });
	}
	const upload = requireUpload(call);
	const { bytes, md5, crc32c } = await receiveBody(call);
	if (call.state.uploads.get(upload.id) !== upload) {
		// completed or aborted while the body was arriving
		await bytes.discard();
		throw new GcsError("NoSuchUpload");
	}
	const etag = `"${md5.toString("hex")}"`;
	const before = upload.parts.get(partNumber);
	upload.parts.set(partNumber, { partNumber, bytes, etag, crc32c, lastModified: new Date() });
	await before?.bytes.discard();
	return {
		status: 200,
		headers: {
			"content-type": "text/html; charset=UTF-8",
			etag,
			"x-goog-hash": `crc32c=${crc32c.toString("base64")},md5=${md5.toString("base64")}`,
		},
	};
}

export async function listParts(call: GcsCall): Promise<GcsReply> {
	const upload = requireUpload(call);
	const { query } = call.request;
	const limit = Math.min(Number(query.get("max-parts") ?? 1_000), 1_000);
	const marker = Number(query.get("part-number-marker") ?? 0);
	if (!(limit >= 1 && marker >= 0)) throw new GcsError("InvalidArgument");
	const left = [...upload.parts.values()]
		.filter(({ partNumber }) => partNumber > marker)
		.sort((a, b) => a.partNumber - b.partNumber);
	const parts = left.slice(0, limit);
	return documentReply(
		xmlDocument("ListPartsResult", [
			leaf("Bucket", call.state.bucket),
			leaf("Key", upload.key),
			leaf("UploadId", upload.id),
			leaf("StorageClass", "STANDARD"),
			leaf("PartNumberMarker", marker),
			leaf("NextPartNumberMarker", parts.at(-1)?.partNumber ?? 0),
			leaf("MaxParts", limit),
			leaf("IsTruncated", parts.length < left.length),
			...parts.map((part) =>
				tree("Part", [
					leaf("PartNumber", part.partNumber),
					leaf("LastModified", part.lastModified.toISOString()),
					leaf("ETag", part.etag),
					leaf("Size", part.bytes.size),
				]),
			),
		]),
	);
}

export async function abortUpload(call: GcsCall): Promise<GcsReply> {
	const upload = requireUpload(call);
	call.state.uploads.delete(upload.id);
	await Promise.all([...upload.parts.values()].map(({ bytes }) => bytes.discard()));
	return { status: 204 };
}
