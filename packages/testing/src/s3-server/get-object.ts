import type { StoredObject } from "./buckets.js";
import { readConditions } from "./conditions.js";
import type { ObjectCall, S3Reply } from "./operation.js";
import { checksumHeaders } from "./put-object.js";
import { invalidArgument, noSuchKey, noSuchVersion, S3Error } from "./s3-error.js";
import type { Query, S3Request } from "./s3-request.js";

/** Query parameters that override response headers. */
const overrides: Readonly<Record<string, string>> = {
	"response-cache-control": "cache-control",
	"response-content-disposition": "content-disposition",
	"response-content-encoding": "content-encoding",
	"response-content-language": "content-language",
	"response-content-type": "content-type",
	"response-expires": "expires",
};

/** The response headers that query parameters override. */
export function overriddenHeaders(query: Query): Record<string, string> {
	const headers: Record<string, string> = {};
	for (const [parameter, name] of Object.entries(overrides)) {
		const value = query.get(parameter);
		if (value === undefined) continue;
		// biome-ignore lint/suspicious/noControlCharactersInRegex: invalid in a header
		if (/[^\u0009\u0020-\u007e\u0080-\u00ff]/.test(value)) {
			throw invalidArgument(
				"Header value cannot be represented using ISO-8859-1.",
				parameter,
				value,
			);
		}
		headers[name] = value;
	}
	return headers;
}

export interface ByteRange {
	readonly start: number;
	/** Exclusive. */
	readonly end: number;
}

/** Parses a Range header. Undefined for the whole object, and for several ranges, which S3 ignores. */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
	const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
	if (header === undefined || (first === "" && last === "")) return undefined;
	const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
	const end = first === "" || last === "" ? size : Math.min(Number(last) + 1, size);
	if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
	if (start < end) return { start, end };
	throw new S3Error("InvalidRange", "The requested range is not satisfiable", {
		RangeRequested: header,
		ActualObjectSize: size,
	});
}

/** The checksum headers, when the request asks for them. */
function askedChecksum(
	object: StoredObject,
	{ headers, query }: S3Request,
): Record<string, string> {
	const mode = headers.get("x-amz-checksum-mode") ?? query.get("x-amz-checksum-mode") ?? "";
	return mode.toUpperCase() === "ENABLED" ? checksumHeaders(object.checksum) : {};
}

function objectHeaders(object: StoredObject): Record<string, string> {
	return {
		...Object.fromEntries(object.attributes),
		...(object.tags.length > 0 ? { "x-amz-tagging-count": String(object.tags.length) } : {}),
		"accept-ranges": "bytes",
		etag: object.etag,
		"last-modified": object.lastModified.toUTCString(),
	};
}

/** The object at a key. Throws `NoSuchKey`, or `NoSuchVersion`: buckets are not versioned. */
export function requireObject({ bucket, key, request }: ObjectCall): StoredObject {
	const version = request.query.get("versionId");
	if (version !== undefined && version !== "null") throw noSuchVersion(key, version);
	const object = bucket.objects.get(key);
	if (object === undefined) throw noSuchKey(key);
	return object;
}

/** GetObject and HeadObject; the body of a HEAD is never sent. */
export async function getObject(call: ObjectCall): Promise<S3Reply> {
	const { request } = call;
	if (request.query.has("partNumber")) {
		throw new S3Error("NotImplemented", "This server does not implement GetObject by part number");
	}
	const object = requireObject(call);
	const replaced = overriddenHeaders(request.query);
	const known = readConditions(request, object);
	if (known !== undefined) return known;
	const { bytes } = object;
	const range = parseRange(request.headers.get("range"), bytes.size);
	const { start, end } = range ?? { start: 0, end: bytes.size };
	return {
		status: range === undefined ? 200 : 206,
		headers: {
			...objectHeaders(object),
			...replaced,
			...(end - start === bytes.size ? askedChecksum(object, request) : {}),
			...(range === undefined
				? {}
				: { "content-range": `bytes ${start}-${end - 1}/${bytes.size}` }),
		},
		body: { size: end - start, stream: bytes.read(start, end) },
	};
}
