import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { authenticate } from "./authenticate.js";
import { withoutIgnored } from "./compatibility.js";
import { corsHeaders } from "./cors-rules.js";
import type { S3Reply, S3State } from "./operation.js";
import { isFormPost, postObject } from "./post-object.js";
import { runOperation } from "./routes.js";
import { S3Error } from "./s3-error.js";
import { parseRequest, type S3Request } from "./s3-request.js";
import { leaf, xmlError } from "./xml-writer.js";

const names = (list: string | undefined): readonly string[] =>
	(list ?? "")
		.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");

/** The CORS headers of a response. Errors carry them too, else a page cannot read their status. */
function crossOrigin(state: S3State, request: S3Request): Readonly<Record<string, string>> {
	const origin = request.headers.get("origin");
	const rules = state.buckets.get(request.bucket ?? "")?.cors;
	if (origin === undefined || rules === undefined) return {};
	const { method } = request;
	return corsHeaders(rules, { origin, method, requestHeaders: [] }) ?? {};
}

/** Refuses the host name of another region, even to a preflight, and without CORS headers. */
function checkRegion({ region }: S3State, { bucket = "", hostRegion }: S3Request): void {
	if (hostRegion === undefined || hostRegion === region) return;
	throw new S3Error(
		"PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		{ Endpoint: `s3.${region}.amazonaws.com`, Bucket: bucket },
	);
}

function preflight(state: S3State, { bucket, key, headers }: S3Request): S3Reply {
	const origin = headers.get("origin");
	const method = headers.get("access-control-request-method");
	const found = state.buckets.get(bucket ?? "");
	const rules = found?.cors;
	const forbidden = (message: string): S3Error =>
		new S3Error("AccessForbidden", `CORSResponse: ${message}`, {
			Method: method ?? "OPTIONS",
			ResourceType: key === undefined || rules === undefined ? "BUCKET" : "OBJECT",
		});
	if (origin === undefined) {
		throw new S3Error("BadRequest", "Insufficient information. Origin request header needed.");
	}
	if (found === undefined) throw forbidden("Bucket not found");
	if (rules === undefined) throw forbidden("CORS is not enabled for this bucket.");
	if (method === undefined) {
		throw new S3Error(
			"BadRequest",
			"Insufficient information. Access-Control-Request-Method needed.",
		);
	}
	const requestHeaders = names(headers.get("access-control-request-headers"));
	const allowed = corsHeaders(rules, { origin, method, requestHeaders });
	if (allowed === undefined) {
		throw forbidden(
			// AWS spells it so
			"This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
		);
	}
	return { status: 200, headers: allowed };
}

async function respond(state: S3State, request: S3Request): Promise<S3Reply> {
	const now = new Date();
	if (request.method === "OPTIONS") return preflight(state, request);
	if (isFormPost(request)) return await postObject(state, request, now);
	const payload = authenticate(request, state, now);
	return await runOperation({ state, request: withoutIgnored(request, state.behaviour), payload });
}

function errorReply(error: unknown, requestId: string, path: string): S3Reply {
	const known =
		error instanceof S3Error
			? error
			: new S3Error("InternalError", "We encountered an internal error. Please try again.");
	const region = known.details["Region"];
	return {
		status: known.status,
		headers: {
			"content-type": "application/xml",
			// the answer to a HEAD has no body
			...(region === undefined ? {} : { "x-amz-bucket-region": `${region}` }),
		},
		body: xmlError([
			leaf("Code", known.code),
			leaf("Message", known.message),
			...Object.entries(known.details).map(([name, value]) => leaf(name, value)),
			leaf("Resource", path),
			leaf("RequestId", requestId),
			leaf("HostId", "local"),
		]),
	};
}

/** Writes a response. */
export async function sendReply(
	response: ServerResponse,
	reply: S3Reply,
	omitBody: boolean,
): Promise<void> {
	const { body = "" } = reply;
	const size = typeof body === "string" ? Buffer.byteLength(body) : body.size;
	// these have neither a body nor a content-length (RFC 9110, section 8.6)
	const hasNoBody = reply.status === 204 || reply.status === 304;
	response.writeHead(reply.status, {
		...reply.headers,
		...(hasNoBody ? {} : { "content-length": size }),
	});
	if (hasNoBody || omitBody || size === 0) response.end();
	else if (typeof body === "string") response.end(body);
	else await pipeline(Readable.from(body.stream, { objectMode: false }), response);
}

/**
 * Handles one request. `expectsContinue`: the client waits for `100 Continue`, so that a refusal costs
 * it no upload.
 */
export async function handleRequest(
	state: S3State,
	incoming: IncomingMessage,
	response: ServerResponse,
	expectsContinue: boolean,
): Promise<void> {
	const requestId = randomBytes(8).toString("hex").toUpperCase();
	response.setHeader("x-amz-request-id", requestId);
	response.setHeader("x-amz-id-2", "local");
	let awaitsContinue = expectsContinue;
	let reply: S3Reply;
	try {
		const request = parseRequest(incoming, () => {
			if (awaitsContinue) response.writeContinue();
			awaitsContinue = false;
		});
		checkRegion(state, request);
		for (const [name, value] of Object.entries(crossOrigin(state, request))) {
			response.setHeader(name, value);
		}
		reply = await respond(state, request);
	} catch (error) {
		reply = errorReply(error, requestId, (incoming.url ?? "").split("?")[0] ?? "");
	}
	// the body may or may not follow a refusal, so the connection cannot be reused
	if (awaitsContinue) response.setHeader("connection", "close");
	await sendReply(response, reply, incoming.method === "HEAD");
}
