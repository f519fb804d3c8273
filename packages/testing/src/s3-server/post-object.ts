import { asHeaderBytes, attributesOf, readFormTags } from "./attributes.js";
import { type Bucket, noSuchBucket, type StoredObject } from "./buckets.js";
import { checkWriteConditions } from "./conditions.js";
import { checkDigest, declaredDigests } from "./declared-checksums.js";
import { digestSet } from "./digests.js";
import { defaultChecksum } from "./object-checksum.js";
import { documentReply, type S3Reply, type S3State } from "./operation.js";
import { type PostForm, readPostForm } from "./post-form.js";
import { checkPostPolicy, type SizeRange } from "./post-policy.js";
import { checkKey, checksumHeaders, commitObject } from "./put-object.js";
import { checksumOf, digestOf, entityTooLarge, maxBody } from "./receive-body.js";
import { notImplemented, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { leaf, xmlDocument } from "./xml-writer.js";

/** Whether a request is a form upload, which is signed in its fields instead of its headers. */
export function isFormPost({ method, headers, key }: S3Request): boolean {
	return (
		method === "POST" &&
		key === undefined &&
		/^multipart\/form-data\b/i.test(headers.get("content-type") ?? "")
	);
}

async function* limited(source: AsyncIterable<Buffer>, range: SizeRange): AsyncGenerator<Buffer> {
	const max = Math.min(range.max, maxBody);
	let size = 0;
	for await (const chunk of source) {
		size += chunk.length;
		if (size > max) throw entityTooLarge(size, max);
		yield chunk;
	}
	if (size < range.min) {
		throw new S3Error(
			"EntityTooSmall",
			"Your proposed upload is smaller than the minimum allowed size",
			{ ProposedSize: size, MinSizeAllowed: range.min },
		);
	}
}

interface FormUpload {
	readonly bucket: Bucket;
	readonly form: PostForm;
	readonly key: string;
	readonly range: SizeRange;
}

async function store(
	state: S3State,
	{ bucket, form, key, range }: FormUpload,
): Promise<StoredObject> {
	// fields have the meaning of the headers of a PUT
	const source = {
		headers: new Map([...form.fields].map(([name, value]) => [name, asHeaderBytes(value)])),
		query: { pairs: [], has: () => false, get: () => undefined },
		isForm: true,
	} as const;
	const attributes = attributesOf(source);
	const tags = readFormTags(form.fields.get("tagging"));
	const declared = declaredDigests(source);
	checkWriteConditions(source, key, bucket.objects.get(key));
	const digests = digestSet(["md5", (declared.checksum ?? defaultChecksum).name]);
	const bytes = await state.blobs.write(limited(form.file, range), digests.update);
	const body = { bytes, digests: digests.digest() };
	try {
		if (declared.md5) checkDigest("md5", declared.md5, digestOf(body, "md5"));
		if (declared.checksum?.value) {
			const { name, value } = declared.checksum;
			checkDigest(name, value, digestOf(body, name));
		}
		checkWriteConditions(source, key, bucket.objects.get(key));
	} catch (error) {
		await bytes.discard();
		throw error;
	}
	const object: StoredObject = {
		key,
		bytes,
		etag: `"${digestOf(body, "md5").toString("hex")}"`,
		lastModified: new Date(),
		attributes,
		tags,
		checksum: checksumOf(declared, body),
	};
	await commitObject(bucket, object, "Post");
	return object;
}

/** PostObject: a form upload with a signed policy ("POST Policy", Amazon S3 API Reference). */
export async function postObject(state: S3State, request: S3Request, now: Date): Promise<S3Reply> {
	if (request.headers.has("transfer-encoding")) throw notImplemented("Transfer-Encoding");
	const bucket = state.buckets.get(request.bucket ?? "");
	if (bucket === undefined) throw noSuchBucket(request.bucket ?? "");
	const form = await readPostForm(request.headers.get("content-type") ?? "", request.body());
	const range = checkPostPolicy(form.fields, bucket.name, state, now);
	const key = (form.fields.get("key") ?? "").replace(/\$\{filename\}/g, () => form.fileName);
	if (key === "") {
		throw new S3Error("InvalidArgument", "User key must have a length greater than 0.", {
			ArgumentName: "key",
			ArgumentValue: "",
		});
	}
	checkKey(key);
	const object = await store(state, { bucket, form, key, range });
	return formReply(request, bucket, form, object);
}

function formReply(
	request: S3Request,
	bucket: Bucket,
	{ fields }: PostForm,
	object: StoredObject,
): S3Reply {
	const location = `http://${request.headers.get("host")}/${bucket.name}/${encodeURIComponent(object.key)}`;
	const headers = { location, etag: object.etag, ...checksumHeaders(object.checksum) };
	const redirect = fields.get("success_action_redirect");
	if (redirect !== undefined && URL.canParse(redirect)) {
		const target = new URL(redirect);
		target.searchParams.set("bucket", bucket.name);
		target.searchParams.set("key", object.key);
		target.searchParams.set("etag", object.etag);
		return { status: 303, headers: { ...headers, location: target.href } };
	}
	const status = fields.get("success_action_status");
	if (status === "200") return { status: 200, headers };
	if (status !== "201") return { status: 204, headers };
	const document = xmlDocument("PostResponse", [
		leaf("Location", location),
		leaf("Bucket", bucket.name),
		leaf("Key", object.key),
		leaf("ETag", object.etag),
	]);
	return { ...documentReply(document, headers), status: 201 };
}
