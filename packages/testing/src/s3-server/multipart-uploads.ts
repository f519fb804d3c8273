import { randomBytes } from "node:crypto";
import { attributesOf, encryptionHeaders, tagsOf } from "./attributes.js";
import type { Upload } from "./buckets.js";
import { type ChecksumName, checksumNamed } from "./declared-checksums.js";
import { nameWriter, pageSize } from "./list-objects.js";
import { compareKeys, listPage } from "./listing.js";
import { type BucketCall, documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { checkKey } from "./put-object.js";
import { noSuchUpload, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { leaf, tree, xmlDocument } from "./xml-writer.js";

const invalid = (message: string): S3Error => new S3Error("InvalidRequest", message);

/** Whether the checksum of the whole can be combined from those of the parts. */
const combines = (name: ChecksumName): boolean => name.startsWith("crc");

/** The checksum algorithm and type of a new upload. */
function uploadChecksum({ headers }: S3Request): Upload["checksum"] {
	const algorithm = headers.get("x-amz-checksum-algorithm");
	const type = headers.get("x-amz-checksum-type");
	if (algorithm === undefined) {
		if (type === undefined) return undefined;
		throw invalid(
			"The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
		);
	}
	const name = checksumNamed(algorithm);
	if (name === undefined) {
		throw invalid(
			"Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
		);
	}
	if (type !== undefined && type !== "FULL_OBJECT" && type !== "COMPOSITE") {
		throw invalid("Value for x-amz-checksum-type header is invalid.");
	}
	const chosen = type ?? (name === "crc64nvme" ? "FULL_OBJECT" : "COMPOSITE");
	if (chosen === "FULL_OBJECT" ? !combines(name) : name === "crc64nvme") {
		throw invalid(
			`The ${chosen} checksum type cannot be used with the ${name} checksum algorithm.`,
		);
	}
	return { name, type: chosen };
}

/** The upload of a request. Throws `NoSuchUpload`, also when it belongs to another key. */
export function requireUpload({ bucket, key, request }: ObjectCall): Upload {
	const id = request.query.get("uploadId") ?? "";
	const upload = bucket.uploads.get(id);
	if (upload === undefined || upload.key !== key) throw noSuchUpload(id);
	return upload;
}

export async function createUpload({ bucket, key, request }: ObjectCall): Promise<S3Reply> {
	checkKey(key);
	const checksum = uploadChecksum(request);
	const upload: Upload = {
		id: randomBytes(48).toString("base64url"),
		key,
		initiated: new Date(),
		attributes: attributesOf(request),
		tags: tagsOf(request),
		...(checksum ? { checksum } : {}),
		parts: new Map(),
		keyChanged: false,
	};
	bucket.uploads.set(upload.id, upload);
	return documentReply(
		xmlDocument("InitiateMultipartUploadResult", [
			leaf("Bucket", bucket.name),
			leaf("Key", key),
			leaf("UploadId", upload.id),
		]),
		{
			...encryptionHeaders(upload.attributes),
			...(checksum
				? {
						"x-amz-checksum-algorithm": checksum.name.toUpperCase(),
						"x-amz-checksum-type": checksum.type,
					}
				: {}),
		},
	);
}

export async function abortUpload(call: ObjectCall): Promise<S3Reply> {
	const upload = requireUpload(call);
	call.bucket.uploads.delete(upload.id);
	await Promise.all([...upload.parts.values()].map(({ bytes }) => bytes.discard()));
	return { status: 204 };
}

/** ListMultipartUploads, sorted by key, then by initiation time. */
export async function listUploads({ bucket, request }: BucketCall): Promise<S3Reply> {
	const { query } = request;
	const write = nameWriter(query);
	const limit = pageSize(query, "max-uploads");
	const prefix = query.get("prefix") ?? "";
	const delimiter = query.get("delimiter") ?? "";
	const keyMarker = query.get("key-marker") ?? "";
	const idMarker = keyMarker === "" ? "" : (query.get("upload-id-marker") ?? "");
	const sorted = [...bucket.uploads.values()].sort((a, b) => compareKeys(a.key, b.key));
	// an upload id marker continues within the uploads of the marker's key
	const seen = sorted.findIndex(({ key, id }) => key === keyMarker && id === idMarker);
	const page = listPage(idMarker === "" ? sorted : sorted.slice(seen + 1), {
		prefix,
		delimiter,
		after: idMarker === "" ? keyMarker : "",
		limit,
	});
	const last = page.items.at(-1);
	return documentReply(
		xmlDocument("ListMultipartUploadsResult", [
			leaf("Bucket", bucket.name),
			leaf("KeyMarker", write(keyMarker)),
			leaf("UploadIdMarker", idMarker),
			leaf("NextKeyMarker", page.truncated ? write(page.last ?? "") : undefined),
			leaf("NextUploadIdMarker", page.truncated && last?.key === page.last ? last?.id : undefined),
			leaf("Delimiter", delimiter === "" ? undefined : write(delimiter)),
			leaf("Prefix", write(prefix)),
			leaf("EncodingType", query.get("encoding-type")),
			leaf("MaxUploads", limit),
			leaf("IsTruncated", page.truncated),
			...page.items.map((upload) =>
				tree("Upload", [
					leaf("Key", write(upload.key)),
					leaf("UploadId", upload.id),
					leaf("StorageClass", upload.attributes.get("x-amz-storage-class") ?? "STANDARD"),
					leaf("Initiated", upload.initiated.toISOString()),
					leaf("ChecksumAlgorithm", upload.checksum?.name.toUpperCase()),
					leaf("ChecksumType", upload.checksum?.type),
				]),
			),
			...page.commonPrefixes.map((name) => tree("CommonPrefixes", [leaf("Prefix", write(name))])),
		]),
	);
}
