import { overriddenHeaders, parseRange } from "../s3-server/get-object.js";
import { GcsError } from "./gcs-error.js";
import {
	attributesOf,
	checkGeneration,
	commitObject,
	type GcsCall,
	type GcsObject,
	type GcsReply,
} from "./gcs-state.js";
import { receiveBody } from "./receive-body.js";

/** The digests of an object, as `x-goog-hash` names them. */
function hashesOf({ crc32c, md5 }: GcsObject): string {
	const hashes = [`crc32c=${crc32c.toString("base64")}`];
	if (md5) hashes.push(`md5=${md5.toString("base64")}`);
	return hashes.join(",");
}

export async function putObject(call: GcsCall): Promise<GcsReply> {
	checkGeneration(call);
	const { bytes, md5, crc32c } = await receiveBody(call);
	try {
		// another request may have written meanwhile
		checkGeneration(call);
	} catch (error) {
		await bytes.discard();
		throw error;
	}
	const attributes = attributesOf(call.request);
	const etag = `"${md5.toString("hex")}"`;
	const object = await commitObject(call, { bytes, md5, crc32c, attributes, etag });
	return {
		status: 200,
		headers: {
			// an empty page, as Google answers
			"content-type": "text/html; charset=UTF-8",
			etag,
			"x-goog-generation": object.generation,
			"x-goog-hash": hashesOf(object),
		},
	};
}

/** The object at a key, of the generation that the request names, if any. */
function requireObject({ state, request, key }: GcsCall): GcsObject {
	const object = state.objects.get(key);
	const generation = request.query.get("generation");
	if (object !== undefined && (generation ?? object.generation) === object.generation) {
		return object;
	}
	throw new GcsError("NoSuchKey");
}

/** Gets and heads; the body of a HEAD is never sent. */
export async function getObject(call: GcsCall): Promise<GcsReply> {
	const { request } = call;
	const object = requireObject(call);
	const { size } = object.bytes;
	const range = parseRange(request.headers.get("range"), size);
	const { start, end } = range ?? { start: 0, end: size };
	return {
		status: range === undefined ? 200 : 206,
		headers: {
			"content-type": "application/octet-stream",
			...Object.fromEntries(object.attributes),
			...overriddenHeaders(request.query),
			etag: object.etag,
			"last-modified": object.lastModified.toUTCString(),
			"x-goog-generation": object.generation,
			"x-goog-hash": hashesOf(object),
			"x-goog-stored-content-encoding": object.attributes.get("content-encoding") ?? "identity",
			"x-goog-stored-content-length": String(size),
			...(range === undefined ? {} : { "content-range": `bytes ${start}-${end - 1}/${size}` }),
		},
		body: { size: end - start, stream: object.bytes.read(start, end) },
	};
}

export async function deleteObject(call: GcsCall): Promise<GcsReply> {
	const object = requireObject(call);
	checkGeneration(call);
	call.state.objects.delete(call.key);
	await object.bytes.discard();
	return { status: 204 };
}
