import { attributesOf, encryptionHeaders, tagsOf } from "./attributes.js";
import type { Bucket, ObjectCause, StoredChecksum, StoredObject } from "./buckets.js";
import { checkWriteConditions } from "./conditions.js";
import { declaredDigests, requireDigest } from "./declared-checksums.js";
import { defaultChecksum } from "./object-checksum.js";
import type { ObjectCall, S3Reply } from "./operation.js";
import { checksumOf, digestOf, receiveBody } from "./receive-body.js";
import { S3Error } from "./s3-error.js";
import { randomEtag } from "./storage-faults.js";

const maxKey = 1024;

/** Throws `KeyTooLongError` above 1,024 bytes of UTF-8. */
export function checkKey(key: string): void {
	const size = Buffer.byteLength(key);
	if (size <= maxKey) return;
	throw new S3Error("KeyTooLongError", "Your key is too long", {
		Size: size,
		MaxSizeAllowed: maxKey,
	});
}

/** Stores an object, sends its event, and discards the object that it replaces. */
export async function commitObject(
	bucket: Bucket,
	object: StoredObject,
	cause: ObjectCause,
): Promise<void> {
	const before = bucket.objects.get(object.key);
	bucket.objects.set(object.key, object);
	markChanged(bucket, object.key);
	bucket.onStored?.(object, cause);
	await before?.bytes.discard();
}

/** Deletes an object, if there is one. */
export async function removeObject(bucket: Bucket, key: string): Promise<void> {
	const object = bucket.objects.get(key);
	if (object === undefined) return;
	bucket.objects.delete(key);
	markChanged(bucket, key);
	await object.bytes.discard();
}

/** Tells the uploads of a key, whose conditions AWS then refuses to the end. */
function markChanged(bucket: Bucket, key: string): void {
	for (const upload of bucket.uploads.values()) {
		if (upload.key === key) upload.keyChanged = true;
	}
}

/** The response headers of a checksum. */
export function checksumHeaders(checksum: StoredChecksum): Record<string, string> {
	return {
		[`x-amz-checksum-${checksum.name}`]: checksum.value,
		"x-amz-checksum-type": checksum.type,
	};
}

export async function putObject(call: ObjectCall): Promise<S3Reply> {
	const { bucket, key, request } = call;
	checkKey(key);
	if (request.query.has("partNumber")) {
		throw new S3Error(
			"InvalidArgument",
			"This operation does not accept a part number without an upload.",
		);
	}
	const attributes = attributesOf(request);
	const tags = tagsOf(request);
	checkWriteConditions(request, key, bucket.objects.get(key));
	const declared = declaredDigests(request);
	if (call.state.objectLock) requireDigest(declared, "Put Object");
	const body = await receiveBody(call, [declared.checksum?.name ?? defaultChecksum.name]);
	try {
		checkWriteConditions(request, key, bucket.objects.get(key));
	} catch (error) {
		await body.bytes.discard();
		throw error;
	}
	const object: StoredObject = {
		key,
		bytes: body.bytes,
		etag: randomEtag(request) ?? `"${digestOf(body, "md5").toString("hex")}"`,
		lastModified: new Date(),
		attributes,
		tags,
		checksum: checksumOf(body.declared, body),
	};
	await commitObject(bucket, object, "Put");
	return {
		status: 200,
		headers: {
			etag: object.etag,
			...encryptionHeaders(attributes),
			...checksumHeaders(object.checksum),
		},
	};
}
