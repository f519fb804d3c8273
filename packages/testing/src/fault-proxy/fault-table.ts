import type { FalseAnswer, Fault, FaultEffect, FaultEnd } from "./fault.js";
import type { ProxiedOperation } from "./operation.js";

const bodies = ["PutObject", "UploadPart"] as const;
const controls = [
	"CreateMultipartUpload",
	"ListParts",
	"CompleteMultipartUpload",
	"AbortMultipartUpload",
	"HeadObject",
] as const;
const storage = [...bodies, ...controls] as const;
const handler = ["sign", "create", "parts", "list", "complete", "abort"] as const;
const all = [...storage, ...handler] as const;
const commit = ["CompleteMultipartUpload"] as const;

const fault = (
	name: string,
	on: readonly ProxiedOperation[],
	effect: FaultEffect,
	ends?: FaultEnd,
): Fault => ({ name, on, effect, ...(ends ? { ends } : {}) });

/** An answer in the words of S3. */
const s3 = (
	status: number,
	code: string,
	more: Partial<Pick<FalseAnswer, "when" | "message" | "retryAfter">> = {},
): FalseAnswer => ({ kind: "answer", when: "body", status, code, ...more });

/** An answer of something between the caller and the server. */
const gateway = (
	status: number,
	more: Partial<Pick<FalseAnswer, "when" | "retryAfter">> = {},
): FalseAnswer => ({ kind: "answer", when: "body", status, ...more });

const refused: FaultEnd = { hits: 2, code: "forbidden" };

/**
 * What goes wrong between a client, an upload handler and a storage, as far as a proxy can do it, and
 * how an upload may end then. Statuses and codes are those of S3 ("Error responses" in its API
 * Reference) and of API Gateway.
 */
export const faultTable: readonly Fault[] = [
	fault("reset before the body", all, { kind: "reset", at: "start" }),
	fault("reset in the body", all, { kind: "reset", at: "middle" }),
	fault("reset after the body", all, { kind: "reset", at: "end" }),
	fault("stalled body", all, { kind: "stall", at: "body" }),
	fault("stalled answer", all, { kind: "stall", at: "answer" }),
	fault("lost answer", all, { kind: "lose" }),
	fault("cut answer", all, { kind: "cut" }),
	fault("late request", all, { kind: "delay", latency: 300 }),
	fault("slow line", bodies, { kind: "slow", bandwidth: 8_000_000 }),
	fault("flipped bit", bodies, { kind: "flip" }, { hits: 2, code: "checksum-mismatch" }),

	fault("early 503", bodies, s3(503, "SlowDown", { when: "early" })),
	fault(
		"early 503 with Retry-After",
		bodies,
		s3(503, "SlowDown", { when: "early", retryAfter: 1 }),
	),
	fault("early 429", bodies, gateway(429, { when: "early" })),
	fault("503 SlowDown", storage, s3(503, "SlowDown")),
	fault("500 InternalError", storage, s3(500, "InternalError")),
	fault("500 after the fact", controls, s3(500, "InternalError", { when: "target" })),
	fault("400 RequestTimeout", bodies, s3(400, "RequestTimeout")),
	fault("400 IncompleteBody", bodies, s3(400, "IncompleteBody")),
	fault("400 BadDigest", bodies, s3(400, "BadDigest")),
	fault("400 ExpiredToken", bodies, s3(400, "ExpiredToken"), refused),
	fault(
		"403 expired",
		bodies,
		s3(403, "AccessDenied", { message: "Request has expired" }),
		refused,
	),
	fault("200 with an error", commit, s3(200, "InternalError")),
	fault("409 in a race", ["PutObject", ...commit], s3(409, "ConditionalRequestConflict")),
	fault("412 in a race", commit, s3(412, "PreconditionFailed")),
	fault("412 after the fact", commit, s3(412, "PreconditionFailed", { when: "target" })),
	fault("404 after the fact", commit, s3(404, "NoSuchUpload", { when: "target" })),

	fault("408", all, gateway(408)),
	fault("502", all, gateway(502)),
	fault("504", all, gateway(504)),
	fault("504 after the fact", all, gateway(504, { when: "target" })),
	fault("503", handler, gateway(503)),
	fault("503 with Retry-After", handler, gateway(503, { retryAfter: 1 })),
	fault("429 with Retry-After", handler, gateway(429, { retryAfter: 1 })),
];
