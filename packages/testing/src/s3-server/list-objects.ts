import { compareKeys, listPage } from "./listing.js";
import { type BucketCall, documentReply, type S3Reply } from "./operation.js";
import { invalidArgument } from "./s3-error.js";
import type { Query } from "./s3-request.js";
import { leaf, tree, xmlDocument } from "./xml-writer.js";

const largestPage = 1000;

/** The page size from the query: 1,000 by default and at most. */
export function pageSize(query: Pick<Query, "get">, name: string): number {
	const text = query.get(name) ?? String(largestPage);
	if (!/^\d{1,10}$/.test(text)) {
		throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
	}
	return Math.min(Number(text), largestPage);
}

/** Writes names, percent-encoded when the request has `encoding-type=url`. */
export function nameWriter(query: Query): (name: string) => string {
	const type = query.get("encoding-type");
	if (type === undefined) return (name) => name;
	if (type !== "url") {
		throw invalidArgument("Invalid Encoding Method specified in Request", "encoding-type", type);
	}
	return (name) =>
		encodeURIComponent(name)
			.replaceAll("%2F", "/")
			.replace(/[!'()]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** ListObjectsV2. The continuation token is the last name of the previous page in base64. */
export async function listObjects({ bucket, request }: BucketCall): Promise<S3Reply> {
	const { query } = request;
	const write = nameWriter(query);
	const limit = pageSize(query, "max-keys");
	const prefix = query.get("prefix") ?? "";
	const delimiter = query.get("delimiter") ?? "";
	const startAfter = query.get("start-after");
	const token = query.get("continuation-token");
	if (token === "") {
		throw invalidArgument(
			"The continuation token provided is incorrect",
			"continuation-token",
			token,
		);
	}
	const after =
		token === undefined ? (startAfter ?? "") : Buffer.from(token, "base64url").toString("utf8");
	const sorted = [...bucket.objects.values()].sort((a, b) => compareKeys(a.key, b.key));
	const page = listPage(sorted, { prefix, delimiter, after, limit });
	const next = page.truncated ? Buffer.from(page.last ?? "").toString("base64url") : undefined;
	return documentReply(
		xmlDocument("ListBucketResult", [
			leaf("Name", bucket.name),
			leaf("Prefix", write(prefix)),
			leaf("Delimiter", delimiter === "" ? undefined : write(delimiter)),
			leaf("MaxKeys", limit),
			leaf("EncodingType", query.get("encoding-type")),
			leaf("KeyCount", page.items.length + page.commonPrefixes.length),
			leaf("IsTruncated", page.truncated),
			leaf("ContinuationToken", token),
			leaf("NextContinuationToken", next),
			leaf("StartAfter", startAfter === undefined ? undefined : write(startAfter)),
			...page.items.map((object) =>
				tree("Contents", [
					leaf("Key", write(object.key)),
					leaf("LastModified", object.lastModified.toISOString()),
					leaf("ETag", object.etag),
					leaf("ChecksumAlgorithm", object.checksum.name.toUpperCase()),
					leaf("ChecksumType", object.checksum.type),
					leaf("Size", object.bytes.size),
					leaf("StorageClass", object.attributes.get("x-amz-storage-class") ?? "STANDARD"),
				]),
			),
			...page.commonPrefixes.map((name) => tree("CommonPrefixes", [leaf("Prefix", write(name))])),
		]),
	);
}
