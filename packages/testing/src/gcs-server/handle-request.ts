import type { IncomingMessage, ServerResponse } from "node:http";
import { corsHeaders } from "../s3-server/cors-rules.js";
import { sendReply } from "../s3-server/handle-request.js";
import { S3Error } from "../s3-server/s3-error.js";
import { parseRequest, type S3Request } from "../s3-server/s3-request.js";
import { authenticate } from "./authenticate.js";
import { completeUpload } from "./complete-upload.js";
import { copyObject } from "./copy-object.js";
import { errorDocument, GcsError } from "./gcs-error.js";
import type { GcsBucketCall, GcsCall, GcsReply, GcsState } from "./gcs-state.js";
import * as lists from "./list-operations.js";
import * as multipart from "./multipart-uploads.js";
import * as objects from "./object-operations.js";

type Run = (call: GcsCall, payloadHash: string) => Promise<GcsReply>;

/** Operations by method, and by the query parameter or header that selects another one. */
const routes: Readonly<Record<string, Run>> = {
	PUT: objects.putObject,
	"PUT copy": copyObject,
	GET: objects.getObject,
	HEAD: objects.getObject,
	DELETE: objects.deleteObject,
	"POST uploads": multipart.createUpload,
	"PUT uploadId": multipart.uploadPart,
	"GET uploadId": multipart.listParts,
	"POST uploadId": completeUpload,
	"DELETE uploadId": multipart.abortUpload,
};

/** Operations on the bucket, by the parameter that selects one. */
const bucketRoutes: Readonly<Record<string, (call: GcsBucketCall) => Promise<GcsReply>>> = {
	"list-type": lists.listObjects,
	uploads: lists.listUploads,
};

/** Other parameters would select operations that this server does not have. */
const bucketParameters =
	/^(list-type|uploads|prefix|continuation-token|max-keys|key-marker|upload-id-marker|max-uploads)$/;
const objectParameters =
	/^(uploads|uploadId|partNumber|max-parts|part-number-marker|generation|response-content-(disposition|type)|X-Goog-.+)$/;

async function respond(state: GcsState, request: S3Request): Promise<GcsReply> {
	const { method, query, headers, bucket, key } = request;
	if (method === "OPTIONS") return preflight(state, request);
	const payloadHash = authenticate(request, state, new Date());
	if (bucket !== state.bucket) throw new GcsError("NoSuchBucket");
	const known = key === undefined ? bucketParameters : objectParameters;
	if (query.pairs.some(([name]) => !known.test(name))) throw new GcsError("NotImplemented");
	if (key === undefined) return await respondForBucket({ state, request });
	const selector = ["uploads", "uploadId"].find((name) => query.has(name));
	const copies = headers.has("x-goog-copy-source") ? "copy" : undefined;
	const run = routes[[method, selector, copies].filter(Boolean).join(" ")];
	if (run === undefined) throw new GcsError("MethodNotAllowed");
	return await run({ state, request, key }, payloadHash);
}

async function respondForBucket(call: GcsBucketCall): Promise<GcsReply> {
	const { method, query } = call.request;
	const selector = Object.keys(bucketRoutes).find((name) => query.has(name)) ?? "";
	const run = bucketRoutes[selector];
	if (method !== "GET" || run === undefined) throw new GcsError("NotImplemented");
	return await run(call);
}

/** Google answers a preflight that no rule allows with 200 and without CORS headers. */
function preflight({ cors }: GcsState, { headers }: S3Request): GcsReply {
	const requestHeaders = (headers.get("access-control-request-headers") ?? "")
		.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");
	const origin = headers.get("origin") ?? "";
	const method = headers.get("access-control-request-method") ?? "";
	return { status: 200, headers: corsHeaders(cors, { origin, method, requestHeaders }) ?? {} };
}

function errorReply(error: unknown): GcsReply {
	const known =
		error instanceof GcsError || error instanceof S3Error ? error : new GcsError("InternalError");
	return {
		status: known.status,
		headers: { "content-type": "application/xml; charset=UTF-8" },
		body: errorDocument(known),
	};
}

/** Handles one request. `expectsContinue`: the client waits for `100 Continue`. */
export async function handleRequest(
	state: GcsState,
	incoming: IncomingMessage,
	response: ServerResponse,
	expectsContinue: boolean,
): Promise<void> {
	let awaitsContinue = expectsContinue;
	let reply: GcsReply;
	try {
		const request = parseRequest(incoming, () => {
			if (awaitsContinue) response.writeContinue();
			awaitsContinue = false;
		});
		const { method } = request;
		const origin = request.headers.get("origin");
		const rules = method === "OPTIONS" || origin === undefined ? [] : state.cors;
		const allowed = corsHeaders(rules, { origin: origin ?? "", method, requestHeaders: [] });
		for (const [name, value] of Object.entries(allowed ?? {})) response.setHeader(name, value);
		reply = await respond(state, request);
	} catch (error) {
		reply = errorReply(error);
	}
	// the body may or may not follow a refusal, so the connection cannot be reused
	if (awaitsContinue) response.setHeader("connection", "close");
	await sendReply(response, reply, incoming.method === "HEAD");
}
