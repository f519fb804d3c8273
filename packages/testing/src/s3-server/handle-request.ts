import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { authenticate } from "./authenticate.js";
import { corsHeaders } from "./cors-rules.js";
import type { Reply, Site } from "./operation.js";
import { isFormPost, postObject } from "./post-object.js";
import { carryOut } from "./routes.js";
import { S3Error } from "./s3-error.js";
import { parseRequest, type S3Request } from "./s3-request.js";
import { leaf, xmlError } from "./xml-writer.js";

const names = (list: string | undefined): readonly string[] =>
	(list ?? "")
		.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");

/** The CORS headers of an answer, of a refusal too: without them a page would see no status. */
function crossOrigin(site: Site, request: S3Request): Readonly<Record<string, string>> {
	const origin = request.headers.get("origin");
	const rules = site.buckets.get(request.bucket ?? "")?.cors;
	if (origin === undefined || rules === undefined) return {};
	const { method } = request;
	return corsHeaders(rules, { origin, method, requestHeaders: [] }) ?? {};
}

const forbidden = (message: string): S3Error =>
	new S3Error("AccessForbidden", `CORSResponse: ${message}`);

function preflight(site: Site, { bucket, headers }: S3Request): Reply {
	const origin = headers.get("origin");
	const method = headers.get("access-control-request-method");
	if (origin === undefined || method === undefined) {
		throw new S3Error(
			"BadRequest",
			`Insufficient information. ${origin === undefined ? "Origin request header" : "Access-Control-Request-Method"} needed.`,
		);
	}
	const rules = site.buckets.get(bucket ?? "")?.cors;
	if (rules === undefined) throw forbidden("CORS is not enabled for this bucket.");
	const requestHeaders = names(headers.get("access-control-request-headers"));
	const allowed = corsHeaders(rules, { origin, method, requestHeaders });
	if (allowed === undefined) {
		throw forbidden(
			"This CORS request is not allowed. This is usually because the evaluation of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
		);
	}
	return { status: 200, headers: allowed };
}

async function answer(site: Site, request: S3Request): Promise<Reply> {
	const now = new Date();
	if (request.method === "OPTIONS") return preflight(site, request);
	if (isFormPost(request)) return await postObject(site, request, now);
	const payload = authenticate(request, site, now);
	return await carryOut({ site, request, payload });
}

function refusal(error: unknown, requestId: string, path: string): Reply {
	const known =
		error instanceof S3Error
			? error
			: new S3Error("InternalError", "We encountered an internal error. Please try again.");
	return {
		status: known.status,
		headers: { "content-type": "application/xml" },
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

async function send(response: ServerResponse, reply: Reply, bodiless: boolean): Promise<void> {
	const { body = "" } = reply;
	const size = typeof body === "string" ? Buffer.byteLength(body) : body.size;
	// neither has a body, nor may it state the length of one
	const silent = reply.status === 204 || reply.status === 304;
	response.writeHead(reply.status, {
		...reply.headers,
		...(silent ? {} : { "content-length": size }),
	});
	if (silent || bodiless || size === 0) response.end();
	else if (typeof body === "string") response.end(body);
	else await pipeline(Readable.from(body.stream, { objectMode: false }), response);
}

/**
 * Answers one request. `expectsContinue`: the client holds its body back until it is asked for, so
 * that a refusal costs it nothing.
 */
export async function serve(
	site: Site,
	incoming: IncomingMessage,
	response: ServerResponse,
	expectsContinue: boolean,
): Promise<void> {
	const requestId = randomBytes(8).toString("hex").toUpperCase();
	response.setHeader("x-amz-request-id", requestId);
	response.setHeader("x-amz-id-2", "local");
	let held = expectsContinue;
	let reply: Reply;
	try {
		const request = parseRequest(incoming, () => {
			if (held) response.writeContinue();
			held = false;
		});
		for (const [name, value] of Object.entries(crossOrigin(site, request))) {
			response.setHeader(name, value);
		}
		reply = await answer(site, request);
	} catch (error) {
		reply = refusal(error, requestId, (incoming.url ?? "").split("?")[0] ?? "");
	}
	// a body that was never asked for may or may not follow: the connection cannot be used again
	if (held) response.setHeader("connection", "close");
	await send(response, reply, incoming.method === "HEAD");
}
