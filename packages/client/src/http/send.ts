import type { Outcomes } from "#protocol";
import { UploadError, type UploadErrorCode } from "../errors.js";
import type { Settings } from "../options.js";
import type { Hasher, OutgoingRequest, Platform, UploadBody } from "../platform.js";
import { type Answer, makeAttempts } from "./attempts.js";
import { createRetryBudget, judge, readRetryAfter } from "./retry.js";

/** A request with what special statuses mean for it. */
export interface BytesRequest extends OutgoingRequest {
	readonly method: "PUT";
	readonly outcomes?: Outcomes;
}

export interface Sending {
	readonly platform: Platform;
	readonly settings: Settings;
	readonly body: UploadBody;
	readonly signal: AbortSignal;
	/** The request of the next attempt; must be another one when the last was `refused`. */
	readonly request: (refused: boolean) => Promise<BytesRequest>;
	/** Bytes of the running attempt that have left so far; 0 when one begins. */
	readonly onSent: (bytes: number) => void;
	/** An attempt failed in a way that leaves open whether its bytes were stored. */
	readonly onLost?: () => void;
	/** Digests each attempt while it is sent. */
	readonly hasher?: (() => Hasher) | undefined;
	/** Anything that changes when the upload moves on, to refill the budgets. */
	readonly progress?: () => number;
}

/** `exists` and `ask` as in the plan's `outcomes`. */
export type Sent =
	| { readonly outcome: "stored"; readonly headers: Headers; readonly digest?: string }
	| { readonly outcome: "exists" }
	| { readonly outcome: "ask" };

/**
 * Sends one body until the storage has it, or says what else is true. A refused URL is replaced once:
 * a fresh one refused again is fatal, whereas one that got through may age and be replaced again.
 *
 * @throws UploadError, or the signal's reason.
 */
export async function sendBytes(sending: Sending): Promise<Sent> {
	const { platform, settings, body, signal, onSent, onLost, hasher } = sending;
	const budget = createRetryBudget(settings.retry, sending.progress);
	let current = await sending.request(false);
	let refused = false;
	let fresh = false;
	let special: "exists" | "ask" | undefined;
	let digest: string | undefined;
	try {
		const { headers } = await makeAttempts({
			method: current.method,
			url: current.url,
			peer: "storage",
			signal,
			async attempt() {
				onSent(0);
				const hash = hasher?.();
				const options = { signal, stallTimeout: settings.stallTimeout, onSent };
				const response = await platform.send(current, body, hash ? { ...options, hash } : options);
				if (response.ok) digest = hash?.digest();
				return response;
			},
			onFailure(failure) {
				if (failure.kind === "network") {
					fresh = false;
					onLost?.();
					return budget.spend("network");
				}
				const { status, headers } = failure.response;
				const outcome = judge(status, readCode(failure.body), current.outcomes);
				if (outcome === "resign") {
					refused = true;
					return fresh ? null : 0;
				}
				fresh = false;
				if (outcome === "retry") {
					onLost?.();
					return budget.spend("answer", readRetryAfter(headers.get("retry-after"), Date.now()));
				}
				if (outcome !== "fail") special = outcome;
				return null;
			},
			async beforeRetry() {
				current = await sending.request(refused);
				fresh = refused;
				refused = false;
			},
			explain: (answer) => explainAnswer(answer, current.outcomes),
		});
		return { outcome: "stored", headers, ...(digest === undefined ? {} : { digest }) };
	} catch (error) {
		if (special && !signal.aborted) return { outcome: special };
		throw error;
	}
}

/** The storage's own error code. Nothing else of the body is safe to show: S3 repeats signed strings in it. */
function readCode(body: unknown): string | undefined {
	return typeof body === "string" ? /<Code>(\w+)<\/Code>/.exec(body)?.[1] : undefined;
}

function explainAnswer(answer: Answer, outcomes: Outcomes | undefined): UploadError {
	const { status } = answer.response;
	const code = readCode(answer.body);
	const outcome = judge(status, code, outcomes);
	const error = (name: UploadErrorCode, advice: string): UploadError =>
		new UploadError(name, `The storage answered ${status}${code ? ` ${code}` : ""}: ${advice}`, {
			status,
			retryable: outcome === "retry",
		});
	if (code === "NoSuchUpload") return error("upload-not-found", "begin the upload again.");
	if (code === "BadDigest" || code === "XAmzContentChecksumMismatch") {
		return error("checksum-mismatch", "the file may have changed; send it again.");
	}
	if (code === "EntityTooLarge" || status === 413) {
		return error("too-large", "send a smaller file.");
	}
	if (outcome === "retry") return error("storage-unavailable", "try again later.");
	return outcome === "resign"
		? error("forbidden", "check the bucket's policy and the upload handler's credentials.")
		: error("storage-error", "check the bucket and the upload handler's settings.");
}
