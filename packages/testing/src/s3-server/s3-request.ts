import type { IncomingMessage } from "node:http";
import { S3Error } from "./s3-error.js";

/** The query of a request, decoded once, in the order it was sent. */
export interface Query {
	readonly pairs: readonly (readonly [name: string, value: string])[];
	has(name: string): boolean;
	/** The first value of that name. */
	get(name: string): string | undefined;
}

/** A request to a bucket and a key. Nothing is normalised. */
export interface S3Request {
	readonly method: string;
	/** The whole path, decoded once. */
	readonly path: string;
	readonly query: Query;
	/** By lower-case name; repeated headers joined by commas. Values are the bytes as Latin-1. */
	readonly headers: ReadonlyMap<string, string>;
	readonly bucket: string | undefined;
	readonly key: string | undefined;
	/** The region in the host name, if any. */
	readonly hostRegion: string | undefined;
	/** The bytes as sent, still framed where they are `aws-chunked`. */
	body(): AsyncIterable<Buffer>;
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
	}
}

function parseQuery(raw: string): Query {
	const pairs = raw
		.split("&")
		.filter((pair) => pair !== "")
		.map((pair) => {
			const at = pair.indexOf("=");
			const name = at < 0 ? pair : pair.slice(0, at);
			const value = at < 0 ? "" : pair.slice(at + 1);
			return [decode(name.replaceAll("+", " ")), decode(value.replaceAll("+", " "))] as const;
		});
	const first = new Map(pairs.toReversed());
	return { pairs, has: (name) => first.has(name), get: (name) => first.get(name) };
}

function parseHeaders(raw: readonly string[]): ReadonlyMap<string, string> {
	const headers = new Map<string, string>();
	for (let index = 0; index < raw.length; index += 2) {
		const name = raw[index]?.toLowerCase() ?? "";
		const value = raw[index + 1]?.trim() ?? "";
		const before = headers.get(name);
		headers.set(name, before === undefined ? value : `${before},${value}`);
	}
	return headers;
}

/** `s3.<region>` of AWS, or of localhost, perhaps with a bucket before it. */
const regionalHost =
	/^(?:(.+)\.)?s3[.-]([a-z]+(?:-[a-z]+)+-\d)\.(?:localhost|amazonaws\.com)(?::\d+)?$/i;

/** Reads bucket, key and region from the host name and the path. */
function address(host: string, path: string): Pick<S3Request, "bucket" | "key" | "hostRegion"> {
	const [isRegional, regionalBucket, hostRegion] = regionalHost.exec(host) ?? [];
	// a virtual-hosted request: `bucket.localhost`
	const [, localBucket] = /^(.+)\.localhost(?::\d+)?$/i.exec(host) ?? [];
	const inHost = (isRegional === undefined ? localBucket : regionalBucket)?.toLowerCase();
	const rest = path.slice(1);
	if (inHost !== undefined)
		return { bucket: inHost, key: rest === "" ? undefined : rest, hostRegion };
	const slash = rest.indexOf("/");
	const bucket = slash < 0 ? rest : rest.slice(0, slash);
	const key = slash < 0 ? "" : rest.slice(slash + 1);
	return {
		bucket: bucket === "" ? undefined : bucket,
		key: key === "" ? undefined : key,
		hostRegion,
	};
}

/** Parses request line and headers. Calls `onBody` before the first byte of the body is read. */
export function parseRequest(incoming: IncomingMessage, onBody: () => void): S3Request {
	const url = incoming.url ?? "/";
	const at = url.indexOf("?");
	const rawPath = at < 0 ? url : url.slice(0, at);
	if (!rawPath.startsWith("/")) {
		throw new S3Error("InvalidURI", "Couldn't parse the specified URI.");
	}
	const path = decode(rawPath);
	const headers = parseHeaders(incoming.rawHeaders);
	return {
		method: incoming.method ?? "GET",
		path,
		query: parseQuery(at < 0 ? "" : url.slice(at + 1)),
		headers,
		...address(headers.get("host") ?? "", path),
		body() {
			onBody();
			// a refusal halfway must still reach the client on this connection
			return incoming.iterator({ destroyOnReturn: false });
		},
	};
}
