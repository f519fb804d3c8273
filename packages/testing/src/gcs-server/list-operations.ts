import { compareKeys, listPage } from "../s3-server/listing.js";
import { documentReply } from "../s3-server/operation.js";
import { leaf, tree, xmlDocument } from "../s3-server/xml-writer.js";
import { GcsError } from "./gcs-error.js";
import type { GcsBucketCall, GcsReply } from "./gcs-state.js";

/** The page size that the query asks for, at most the server's. */
function limitOf({ state, request }: GcsBucketCall, name: string): number {
	const text = request.query.get(name) ?? String(state.pageSize);
	if (!/^[1-9]\d{0,9}$/.test(text)) throw new GcsError("InvalidArgument");
	return Math.min(Number(text), state.pageSize);
}

/** Version 2 of the list of objects. The continuation token is the last key of the page before, in base64. */
export async function listObjects(call: GcsBucketCall): Promise<GcsReply> {
	const { state, request } = call;
	const { query } = request;
	if (query.get("list-type") !== "2") throw new GcsError("NotImplemented");
	const limit = limitOf(call, "max-keys");
	const prefix = query.get("prefix") ?? "";
	const token = query.get("continuation-token");
	if (token === "") throw new GcsError("InvalidArgument");
	const after = Buffer.from(token ?? "", "base64url").toString();
	const sorted = [...state.objects.values()].sort((a, b) => compareKeys(a.key, b.key));
	const { items, truncated, last = "" } = listPage(sorted, { prefix, delimiter: "", after, limit });
	return documentReply(
		xmlDocument("ListBucketResult", [
			leaf("Name", state.bucket),
			leaf("Prefix", prefix),
			leaf("KeyCount", items.length),
			leaf("IsTruncated", truncated),
			leaf(
				"NextContinuationToken",
				truncated ? Buffer.from(last).toString("base64url") : undefined,
			),
			...items.map(({ key, generation, lastModified, etag, bytes }) =>
				tree("Contents", [
					leaf("Key", key),
					leaf("Generation", generation),
					leaf("MetaGeneration", 1),
					leaf("LastModified", lastModified.toISOString()),
					leaf("ETag", etag),
					leaf("Size", bytes.size),
				]),
			),
		]),
	);
}

/** Lists the uploads in progress by key, and those of one key as they began. */
export async function listUploads(call: GcsBucketCall): Promise<GcsReply> {
	const { state, request } = call;
	const { query } = request;
	const limit = limitOf(call, "max-uploads");
	const prefix = query.get("prefix") ?? "";
	const keyMarker = query.get("key-marker") ?? "";
	const idMarker = keyMarker === "" ? "" : (query.get("upload-id-marker") ?? "");
	const sorted = [...state.uploads.values()].sort((a, b) => compareKeys(a.key, b.key));
	const seen = sorted.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
	const rest =
		seen < 0 ? sorted.filter(({ key }) => compareKeys(key, keyMarker) > 0) : sorted.slice(seen + 1);
	const { items, truncated } = listPage(rest, { prefix, delimiter: "", after: "", limit });
	const next = truncated ? items.at(-1) : undefined;
	return documentReply(
		xmlDocument("ListMultipartUploadsResult", [
			leaf("Bucket", state.bucket),
			leaf("KeyMarker", keyMarker),
			leaf("UploadIdMarker", idMarker),
			leaf("NextKeyMarker", next?.key),
			leaf("NextUploadIdMarker", next?.id),
			leaf("Prefix", prefix),
			leaf("MaxUploads", limit),
			leaf("IsTruncated", truncated),
			...items.map(({ key, id, initiated, attributes }) =>
				tree("Upload", [
					leaf("Key", key),
					leaf("UploadId", id),
					leaf("StorageClass", attributes.get("x-goog-storage-class") ?? "STANDARD"),
					leaf("Initiated", initiated.toISOString()),
				]),
			),
		]),
	);
}
