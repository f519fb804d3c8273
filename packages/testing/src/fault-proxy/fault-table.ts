import type { Fault, FaultEffect, FaultFailure, InjectedResponse } from "./fault.js";
import type { ProxiedOperation } from "./operation.js";

const bodies = ["PutObject", "UploadPart"] as const;
const controls = [
	"CreateMultipartUpload",
	"ListParts",
	"CompleteMultipartUpload",
	"AbortMultipartUpload",
	"HeadObject",
	"CopyObject",
] as const;
const storage = [...bodies, ...controls] as const;
const handler = ["sign", "create", "parts", "list", "complete", "abort"] as const;
const all = [...storage, ...handler] as const;
const commit = ["CompleteMultipartUpload"] as const;

const fault = (
	name: string,
	operations: readonly ProxiedOperation[],
	effect: FaultEffect,
	failure?: FaultFailure,
): Fault => ({ name, operations, effect, ...(failure ? { failure } : {}) });

type ResponseOptions = Partial<
	Pick<InjectedResponse, "when" | "replaces" | "message" | "retryAfter">
>;

/** An error of S3. */
const s3 = (status: number, code: string, options: ResponseOptions = {}): InjectedResponse => ({
	kind: "respond",
	when: "after-body",
	status,
	code,
	...options,
});

/** An error of a gateway or load balancer on the way. */
const gateway = (status: number, options: ResponseOptions = {}): InjectedResponse => ({
	kind: "respond",
	when: "after-body",
	status,
	...options,
});

const forbidden: FaultFailure = { hits: 2, code: "forbidden" };

/**
 * Faults between a client, an upload handler and a storage server, and how an upload may fail because
 * of each. Statuses and codes follow "Error responses" in the Amazon S3 API Reference, and API Gateway.
 */
export const faultTable: readonly Fault[] = [
	fault("reset before the body", all, { kind: "reset", at: "start" }),
	fault("reset in the body", all, { kind: "reset", at: "middle" }),
	fault("reset after the body", all, { kind: "reset", at: "end" }),
	fault("stalled request", all, { kind: "stall", at: "request" }),
	fault("stalled response", all, { kind: "stall", at: "response" }),
	fault("lost response", all, { kind: "drop-response" }),
	fault("truncated response", all, { kind: "truncate-response" }),
	fault("delayed request", all, { kind: "delay", latency: 300 }),
	fault("slow connection", bodies, { kind: "throttle", bandwidth: 8_000_000 }),
	fault("straggler", ["UploadPart"], { kind: "straggler", bandwidth: 500_000 }),
	fault("silent answer", bodies, { kind: "silence" }),
	fault("dead address", bodies, { kind: "dead-address" }),
	fault("flipped bit", bodies, { kind: "flip-bit" }, { hits: 2, code: "checksum-mismatch" }),

	fault("early 503", bodies, s3(503, "SlowDown", { when: "early" })),
	fault(
		"early 503 with Retry-After",
		bodies,
		s3(503, "SlowDown", { when: "early", retryAfter: 1 }),
	),
	fault("early 429", bodies, gateway(429, { when: "early" })),
	fault("503 SlowDown", storage, s3(503, "SlowDown")),
	fault("500 InternalError", storage, s3(500, "InternalError")),
	fault("500 after success", storage, s3(500, "InternalError", { when: "after-target" })),
	fault("400 RequestTimeout", bodies, s3(400, "RequestTimeout")),
	fault("400 IncompleteBody", bodies, s3(400, "IncompleteBody")),
	fault("400 BadDigest", bodies, s3(400, "BadDigest")),
	fault("400 ExpiredToken", bodies, s3(400, "ExpiredToken"), forbidden),
	fault(
		"403 expired",
		bodies,
		s3(403, "AccessDenied", { message: "Request has expired" }),
		forbidden,
	),
	fault(
		"403 for a missing key",
		["HeadObject"],
		s3(403, "AccessDenied", { when: "after-target", replaces: 404 }),
	),
	fault("200 with an error", commit, s3(200, "InternalError")),
	fault(
		"409 ConditionalRequestConflict",
		["PutObject", ...commit],
		s3(409, "ConditionalRequestConflict"),
	),
	fault("412 PreconditionFailed", commit, s3(412, "PreconditionFailed")),
	fault("412 after success", commit, s3(412, "PreconditionFailed", { when: "after-target" })),
	// developers.cloudflare.com/r2/api/s3/extensions: a failed condition may end the upload
	fault(
		"412 that aborts the upload",
		commit,
		{ kind: "abort-upload" },
		{ hits: 2, code: "upload-not-found" },
	),
	fault("another ETag for equal bytes", bodies, { kind: "new-etag" }),
	fault("404 after success", commit, s3(404, "NoSuchUpload", { when: "after-target" })),

	fault("408", all, gateway(408)),
	fault("502", all, gateway(502)),
	fault("504", all, gateway(504)),
	fault("504 after success", all, gateway(504, { when: "after-target" })),
	fault("503", handler, gateway(503)),
	fault("503 with Retry-After", handler, gateway(503, { retryAfter: 1 })),
	fault("429 with Retry-After", handler, gateway(429, { retryAfter: 1 })),
];

/**
 * Finds a fault of the {@link faultTable}.
 *
 * @param name such as `503 SlowDown`
 * @returns the fault
 * @throws TypeError when the table has no such fault
 */
export function faultNamed(name: string): Fault {
	const found = faultTable.find((entry) => entry.name === name);
	if (found !== undefined) return found;
	const names = faultTable.map((entry) => entry.name).join(", ");
	throw new TypeError(`There is no fault "${name}". The fault table has: ${names}.`);
}
