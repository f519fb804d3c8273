import { createHash, createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { listen } from "../listen.js";

/** An object as the storage keeps it. */
export interface MemoryObject {
	readonly body: Buffer;
	readonly etag: string;
	readonly version: string;
	/** The headers that are stored and returned: type, cache control, `x-meta-*` and the like. */
	readonly headers: Readonly<Record<string, string>>;
}

/** An upload in parts. */
export interface MemoryUpload {
	readonly key: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly parts: Map<number, { readonly body: Buffer; readonly etag: string }>;
}

/** What the storage holds. The provider reads and writes it where another would call its storage. */
export interface MemoryState {
	readonly objects: Map<string, MemoryObject>;
	readonly uploads: Map<string, MemoryUpload>;
	/** Signs URLs. */
	readonly secret: string;
}

/** A refusal, with the storage's own code. */
class Refusal extends Error {
	readonly status: number;
	constructor(status: number, code: string) {
		super(code);
		this.status = status;
	}
}

const stored = /^(content-(type|disposition|encoding)|cache-control|x-meta-.+)$/;
const md5 = (body: Buffer): string => createHash("md5").update(body).digest("hex");

/** An object of these bytes. */
export function memoryObject(body: Buffer, headers: MemoryObject["headers"]): MemoryObject {
	return { body, headers, etag: `"${md5(body)}"`, version: randomUUID() };
}

/** The signature of a URL without one: over the method, path, query and the values of its signed headers. */
export function signature(
	secret: string,
	method: string,
	url: URL,
	headers: Readonly<Record<string, string | undefined>>,
): string {
	const names = (url.searchParams.get("headers") ?? "").split(",").filter(Boolean);
	const lines = [method, url.pathname, url.search, ...names.map((name) => headers[name] ?? "")];
	return createHmac("sha256", secret).update(lines.join("\n")).digest("hex");
}

/** Refuses a URL that nobody signed for this request, or that has expired. */
function authenticate({ secret }: MemoryState, request: IncomingMessage, url: URL): void {
	const given = url.searchParams.get("signature") ?? "";
	const signed = new URL(url);
	// a token does not bind the parameters behind it
	signed.search = url.search.slice(0, url.search.lastIndexOf("&signature="));
	const headers = request.headers as Record<string, string | undefined>;
	const expected = signature(secret, request.method ?? "", signed, headers);
	const isSame =
		given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
	if (!isSame) throw new Refusal(403, "SignatureDoesNotMatch");
	if (Number(url.searchParams.get("expires")) < Date.now()) throw new Refusal(403, "Expired");
	if (url.searchParams.get("bound") === null) return;
	const names = (url.searchParams.get("headers") ?? "").split(",");
	const unsigned = Object.keys(headers).filter(
		(name) => stored.test(name) && name !== "content-type" && !names.includes(name),
	);
	if (unsigned.length > 0) throw new Refusal(403, "HeadersNotSigned");
}

/** Refuses a body that differs from a digest in a header. */
function verify(headers: IncomingMessage["headers"], body: Buffer): void {
	for (const [name, algorithm] of [
		["content-md5", "md5"],
		["x-sha256", "sha256"],
	] as const) {
		const digest = createHash(algorithm).update(body).digest("base64");
		if (headers[name] !== undefined && headers[name] !== digest)
			throw new Refusal(400, "BadDigest");
	}
}

function put(state: MemoryState, request: IncomingMessage, url: URL, body: Buffer): string {
	const key = decodeURIComponent(url.pathname.slice(1));
	const { searchParams: query } = url;
	verify(request.headers, body);
	const id = query.get("upload");
	if (id !== null) {
		const upload = state.uploads.get(id);
		const partNumber = Number(query.get("part"));
		if (upload?.key !== key || !(partNumber >= 1)) throw new Refusal(404, "NoSuchUpload");
		upload.parts.set(partNumber, { body, etag: `"${md5(body)}"` });
		return `"${md5(body)}"`;
	}
	const createOnly =
		request.headers["if-none-match"] === "*" || query.get("permission") === "create";
	if (createOnly && state.objects.has(key)) throw new Refusal(412, "AlreadyExists");
	const entries = Object.entries(request.headers).filter(([name]) => stored.test(name));
	const object = memoryObject(body, Object.fromEntries(entries) as MemoryObject["headers"]);
	state.objects.set(key, object);
	return object.etag;
}

function respond(
	state: MemoryState,
	request: IncomingMessage,
	response: ServerResponse,
	body: Buffer,
): void {
	const url = new URL(request.url ?? "", "http://localhost");
	authenticate(state, request, url);
	if (request.method === "PUT") {
		response.writeHead(200, { etag: put(state, request, url, body) }).end();
		return;
	}
	const object = state.objects.get(decodeURIComponent(url.pathname.slice(1)));
	if (request.method !== "GET" || !object) throw new Refusal(404, "NoSuchKey");
	const { headers, etag } = object;
	const type = url.searchParams.get("type") ?? headers["content-type"];
	const disposition = url.searchParams.get("disposition") ?? headers["content-disposition"];
	response.writeHead(200, {
		...headers,
		etag,
		...(type === undefined ? {} : { "content-type": type }),
		...(disposition === undefined ? {} : { "content-disposition": disposition }),
	});
	response.end(object.body);
}

/** Serves the signed URLs of a storage on 127.0.0.1. */
export async function serveMemory(
	state: MemoryState,
): Promise<{ readonly endpoint: string; close(): Promise<void> }> {
	const onRequest = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk);
		try {
			respond(state, request, response, Buffer.concat(chunks));
		} catch (error) {
			const refusal = error instanceof Refusal ? error : new Refusal(500, "InternalError");
			response.writeHead(refusal.status, { "content-type": "text/plain" }).end(refusal.message);
		}
	};
	const handle = (request: IncomingMessage, response: ServerResponse): void => {
		onRequest(request, response).catch(() => response.destroy());
	};
	return listen(0, handle, handle);
}
