import { documentReply } from "../s3-server/operation.js";
import { leaf, xmlDocument } from "../s3-server/xml-writer.js";
import { GcsError } from "./gcs-error.js";
import {
	attributesOf,
	checkGeneration,
	commitObject,
	type GcsCall,
	type GcsObject,
	type GcsReply,
} from "./gcs-state.js";

/** The object that `x-goog-copy-source` names, of the generation that the request demands. */
function findSource({ state, request }: GcsCall): GcsObject {
	const text = request.headers.get("x-goog-copy-source") ?? "";
	const [, bucket, key = ""] = /^\/?([^/]+)\/(.+)$/s.exec(decodeURIComponent(text)) ?? [];
	if (bucket !== state.bucket) throw new GcsError("NoSuchBucket");
	const object = state.objects.get(key);
	const generation = request.headers.get("x-goog-copy-source-generation");
	if (object === undefined || (generation ?? object.generation) !== object.generation) {
		throw new GcsError("NoSuchKey");
	}
	const expected = request.headers.get("x-goog-copy-source-if-generation-match");
	if ((expected ?? object.generation) !== object.generation) {
		throw new GcsError("PreconditionFailed");
	}
	return object;
}

export async function copyObject(call: GcsCall): Promise<GcsReply> {
	const { request, state } = call;
	const source = findSource(call);
	checkGeneration(call);
	const { size } = source.bytes;
	// a copy of its own: the source may be deleted
	const bytes = await state.blobs.write(source.bytes.read(0, size), () => undefined);
	checkGeneration(call);
	const { md5, crc32c, etag } = source;
	const replaces = request.headers.get("x-goog-metadata-directive") === "REPLACE";
	const attributes = replaces ? attributesOf(request) : source.attributes;
	const copy = { bytes, crc32c, etag, attributes, ...(md5 ? { md5 } : {}) };
	const object = await commitObject(call, copy);
	return documentReply(
		xmlDocument("CopyObjectResult", [
			leaf("LastModified", object.lastModified.toISOString()),
			leaf("ETag", object.etag),
		]),
	);
}
