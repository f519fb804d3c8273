import { checkDigest, declaredDigests } from "./declared-checksums.js";
import { digestSet } from "./digests.js";
import { type BucketCall, documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { readDocument } from "./payload-body.js";
import { removeObject } from "./put-object.js";
import { noSuchKey, preconditionFailed, S3Error } from "./s3-error.js";
import { childrenNamed, childText, malformedXml, readXml } from "./xml-reader.js";
import { leaf, tree, xmlDocument } from "./xml-writer.js";

/** Reads a document and verifies its digest, which the request must declare. */
export async function readCheckedDocument(call: BucketCall): Promise<string> {
	const declared = declaredDigests(call.request);
	const document = await readDocument(call.request, call.payload);
	const expected = [
		...(declared.md5 ? [["md5", declared.md5] as const] : []),
		...(declared.checksum?.value
			? [[declared.checksum.name, declared.checksum.value] as const]
			: []),
	];
	if (expected.length === 0) {
		throw new S3Error(
			"InvalidRequest",
			"Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
		);
	}
	const digests = digestSet(expected.map(([name]) => name));
	digests.update(document);
	const computed = digests.digest();
	for (const [name, value] of expected) {
		checkDigest(name, value, computed.get(name) ?? Buffer.alloc(0));
	}
	return document.toString("utf8");
}

/** Deleting a missing object succeeds, except with `If-Match`. */
export async function deleteObject({ bucket, key, request }: ObjectCall): Promise<S3Reply> {
	const object = bucket.objects.get(key);
	const match = request.headers.get("if-match");
	if (match !== undefined) {
		if (object === undefined) throw noSuchKey(key);
		if (match !== "*" && match !== object.etag && `"${match}"` !== object.etag) {
			throw preconditionFailed("If-Match");
		}
	}
	await removeObject(bucket, key);
	return { status: 204 };
}

const maxKeys = 1000;

export async function deleteObjects(call: BucketCall): Promise<S3Reply> {
	const { bucket } = call;
	const root = readXml(await readCheckedDocument(call));
	const entries = childrenNamed(root, "Object").map((entry) => ({
		key: childText(entry, "Key"),
		etag: childText(entry, "ETag"),
	}));
	if (root.name !== "Delete" || entries.length === 0 || entries.length > maxKeys) {
		throw malformedXml();
	}
	const quiet = childText(root, "Quiet") === "true";
	const results = entries.map(({ key, etag }) => {
		if (key === undefined || key === "") throw malformedXml();
		const object = bucket.objects.get(key);
		if (etag !== undefined && object?.etag !== etag && object?.etag !== `"${etag}"`) {
			return tree("Error", [
				leaf("Key", key),
				leaf("Code", "PreconditionFailed"),
				leaf("Message", "At least one of the pre-conditions you specified did not hold"),
			]);
		}
		void removeObject(bucket, key);
		return quiet ? leaf("Deleted", undefined) : tree("Deleted", [leaf("Key", key)]);
	});
	return documentReply(xmlDocument("DeleteResult", results));
}
