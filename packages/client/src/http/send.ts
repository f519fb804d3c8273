import type { ChecksumAlgorithm, Outcomes } from "#protocol";
import {
	type Hasher,
	NetworkError,
	type OutgoingRequest,
	type Platform,
	type UploadBody,
} from "../platform.js";
import { toUploadError } from "./problem.js";
import { createRecovery, type PreviousAttempt, type RequestContext } from "./recovery.js";
import { classifyResponse, isThrottled } from "./retry.js";
import { sleep } from "./wait.js";

/** A request with the meaning of special statuses. */
export interface BytesRequest extends OutgoingRequest {
	readonly outcomes?: Outcomes | undefined;
}

/** What all bodies of an upload are sent with. */
export interface SendContext extends RequestContext {
	/** Its count refills the retry budgets. */
	readonly meter: { readonly storedCount: () => number };
	readonly client: {
		/** Adapts the number of bodies in flight. */
		readonly limiter: {
			readonly sent: (bytes: number) => void;
			readonly throttled: () => void;
		};
	};
}

export interface BodyToSend {
	readonly body: UploadBody;
	readonly signal: AbortSignal;
	/** The request of the next attempt, by another URL where the previous one was refused. */
	readonly nextRequest: (previous: PreviousAttempt | undefined) => Promise<BytesRequest>;
	/** Called with the bytes of the running attempt that have left so far; 0 when one begins. */
	readonly onSent: (bytes: number) => void;
	/** Digests each attempt while it is sent. */
	readonly hasher?: Platform["hashers"][ChecksumAlgorithm];
}

export interface Sent {
	/** How it ended without being stored: as in the plan's `outcomes`. */
	readonly outcome?: "exists" | "ask";
	/** Of the storage's response. */
	readonly headers?: Headers;
	/** Of the bytes that were sent. */
	readonly digest?: string | undefined;
}

/**
 * Sends one body until the storage has it, or has answered what else is true. A refused URL is replaced once:
 * a fresh one that is refused again is fatal, whereas one that was accepted may age and be replaced again.
 *
 * @throws UploadError, or the signal's reason.
 */
export async function sendWithRetry(
	context: SendContext,
	{ body, signal, nextRequest, onSent, hasher }: BodyToSend,
): Promise<Sent> {
	const { platform, settings, setOnline, setRetrying, trackRequest, meter, client } = context;
	const { stallTimeout } = settings;
	const { limiter } = client;
	const target = { peer: "storage" as const, origin: "", partiallySent: false };
	let left = 0;
	const count = (bytes: number): void => {
		limiter.sent(bytes - left);
		left = bytes;
		target.partiallySent = bytes > 0 && bytes < body.size;
		if (bytes > 0) setOnline(true);
		onSent(bytes);
	};
	const recovery = createRecovery(context, { target, signal, progress: meter.storedCount });
	/** Resolves with how it ended, or with the milliseconds to wait before the next attempt. */
	const attempt = async (): Promise<Sent | number> => {
		const { outcomes, ...request } = await nextRequest(recovery.previous);
		signal.throwIfAborted();
		target.origin = originOf(request.url);
		count(0);
		const hash: Hasher | undefined = hasher?.();
		let response: Response;
		try {
			const options = { signal, stallTimeout, onSent: count, hash };
			response = await trackRequest(platform.send(request, body, options));
		} catch (error) {
			return await recovery.afterNetworkError(error, error instanceof NetworkError);
		}
		recovery.answered();
		const { status, headers } = response;
		// nothing else of the body is safe to show: S3 repeats signed strings in it
		const code = /<Code>(\w+)<\/Code>/.exec(await response.text())?.[1];
		const outcome = classifyResponse(status, code, outcomes);
		if (outcome === "exists" || outcome === "ask") return { outcome };
		if (response.ok) return { headers, digest: hash?.digest() };
		if (isThrottled(status, code)) limiter.throttled();
		return await recovery.afterFailure(
			[outcome, toUploadError({ peer: "storage", status, outcome, code })],
			headers,
		);
	};
	for (;;) {
		const result = await attempt();
		if (typeof result !== "number") return result;
		await sleep(result, signal).finally(() => setRetrying(undefined));
	}
}

/** What may be shown of a signed URL. */
const originOf = (url: string): string => /^\w+:\/\/[^/?]+/.exec(url)?.[0] ?? "";
