import { attributesOf, tagsOf } from "./attributes.js";
import type { StoredChecksum, StoredObject } from "./buckets.js";
import { checkWriteConditions } from "./conditions.js";
import { copyBytes, findCopySource } from "./copy-source.js";
import { checksumNamed } from "./declared-checksums.js";
import { checksumLeaf } from "./object-checksum.js";
import { documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { readDocument } from "./payload-body.js";
import { checkKey, commitObject } from "./put-object.js";
import { digestOf } from "./receive-body.js";
import { invalidArgument, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { partEtag, storePart } from "./upload-parts.js";
import { leaf, xmlDocument } from "./xml-writer.js";

/** Whether metadata or tags come from the request instead of the source. */
function replaces({ headers }: S3Request, what: "metadata" | "tagging"): boolean {
	const name = `x-amz-${what}-directive`;
	const value = headers.get(name) ?? "COPY";
	if (value !== "COPY" && value !== "REPLACE") {
		throw invalidArgument(`Unknown ${what} directive.`, name, value);
	}
	return value === "REPLACE";
}

/** The attributes of a copy. The storage class is never copied. */
function copiedAttributes(request: S3Request, source: StoredObject): StoredObject["attributes"] {
	const own = attributesOf(request);
	if (replaces(request, "metadata")) return own;
	const attributes = new Map(source.attributes);
	attributes.delete("x-amz-storage-class");
	const storageClass = own.get("x-amz-storage-class");
	if (storageClass !== undefined) attributes.set("x-amz-storage-class", storageClass);
	return attributes;
}

function checkChange({ bucket, key, request }: ObjectCall, source: StoredObject): void {
	if (bucket.objects.get(key) !== source || replaces(request, "metadata")) return;
	if (request.headers.has("x-amz-storage-class")) return;
	throw new S3Error(
		"InvalidRequest",
		"This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
	);
}

/** CopyObject. The copy of an object of parts has the MD5 of its bytes as its ETag. */
export async function copyObject(call: ObjectCall): Promise<S3Reply> {
	const { bucket, key, request } = call;
	checkKey(key);
	await readDocument(request, call.payload);
	const source = findCopySource(call);
	const checkTarget = () => checkWriteConditions(request, key, bucket.objects.get(key));
	checkTarget();
	checkChange(call, source.object);
	const attributes = copiedAttributes(request, source.object);
	const tags = replaces(request, "tagging") ? tagsOf(request) : source.object.tags;
	const asked = checksumNamed(request.headers.get("x-amz-checksum-algorithm") ?? "");
	const name = asked ?? source.object.checksum.name;
	const body = await copyBytes(call, source, name);
	try {
		checkTarget();
	} catch (error) {
		await body.bytes.discard();
		throw error;
	}
	const checksum: StoredChecksum = {
		name,
		value: digestOf(body, name).toString("base64"),
		type: "FULL_OBJECT",
	};
	const object: StoredObject = {
		key,
		bytes: body.bytes,
		etag: `"${digestOf(body, "md5").toString("hex")}"`,
		lastModified: new Date(),
		attributes,
		tags,
		checksum,
	};
	await commitObject(bucket, object, "Copy");
	return documentReply(
		xmlDocument("CopyObjectResult", [
			leaf("LastModified", object.lastModified.toISOString()),
			leaf("ETag", object.etag),
			checksumLeaf(name, checksum.value),
			leaf("ChecksumType", checksum.type),
		]),
	);
}

/** UploadPartCopy. */
export async function copyPart(call: ObjectCall): Promise<S3Reply> {
	await readDocument(call.request, call.payload);
	const { upload, part } = await storePart(call, async (_, name) =>
		copyBytes(call, findCopySource(call), name),
	);
	return documentReply(
		xmlDocument("CopyPartResult", [
			leaf("LastModified", part.lastModified.toISOString()),
			leaf("ETag", partEtag(part)),
			...(upload.checksum
				? [checksumLeaf(upload.checksum.name, part.checksum.toString("base64"))]
				: []),
		]),
	);
}
