import type { ChecksumAlgorithm, Outcomes } from "#protocol";
import { UploadError } from "../errors.js";
import type { Hasher, OutgoingRequest, Platform, SendOptions, UploadBody } from "../platform.js";
import { NetworkError } from "../transport-errors.js";
import { toUploadError } from "./problem.js";
import { createRecovery, type PreviousAttempt, type RequestContext } from "./recovery.js";
import { classifyResponse, isThrottled } from "./retry.js";
import { sleep, until } from "./wait.js";

/** A request, with the statuses that have a special meaning. */
export interface BytesRequest extends OutgoingRequest {
	readonly outcomes?: Outcomes | undefined;
	/** Response header without which a 2xx does not count as stored; null where the status counts. */
	readonly receiptHeader: string | null;
}

/** The context shared by all bodies of an upload. */
export interface SendContext extends RequestContext {
	/** Its count refills the retry budgets. */
	readonly meter: { readonly storedCount: () => number };
	readonly client: {
		/** Adapts the number of bodies in flight. */
		readonly limiter: {
			readonly throttled: () => void;
		};
	};
}

export interface BodyToSend {
	readonly body: UploadBody;
	readonly signal: AbortSignal;
	/** The request of the next attempt, by another URL where the previous one was refused. */
	readonly nextRequest: (previous: PreviousAttempt | undefined) => Promise<BytesRequest>;
	/** Called with the bytes that the running attempt has sent so far; 0 when one begins. */
	readonly onSent: (bytes: number) => void;
	/** Called when an attempt has failed, before the wait for the next one. */
	readonly onFailed?: () => void;
	/**
	 * Asks the server whether the body is stored, after a response that doesn't tell.
	 *
	 * @param ok whether it was a 2xx
	 */
	readonly isStored: (ok: boolean) => Promise<boolean>;
	/** Paces the bytes of each attempt. */
	readonly pace?: SendOptions["pace"];
	/** Digests each attempt while it is sent. */
	readonly hasher?: Platform["hashers"][ChecksumAlgorithm];
}

export interface Sent {
	/** An object with this key exists, perhaps from an earlier attempt. */
	readonly exists?: true;
	/** From the storage's response; absent when CORS hides it and the server found the body. */
	readonly receipt?: string | undefined;
	/** Digest of the bytes that were sent. */
	readonly digest?: string | undefined;
}

/**
 * Sends one body until it is stored or the storage's response ends the attempts. A refused URL is replaced
 * once: a fresh one that is refused again is fatal, whereas one that was accepted may age and be replaced
 * again.
 *
 * @throws UploadError, or the signal's reason.
 */
export async function sendWithRetry(
	context: SendContext,
	{ body, signal, nextRequest, onSent, onFailed, isStored, pace, hasher }: BodyToSend,
): Promise<Sent> {
	const { platform, settings, setOnline, setRetrying, trackRequest, meter, client } = context;
	const { limiter } = client;
	const target = { peer: "storage" as const, origin: "", partiallySent: false };
	let moved = (): void => {};
	const count = (bytes: number): void => {
		moved();
		target.partiallySent = bytes > 0 && bytes < body.size;
		if (bytes > 0) setOnline(true);
		onSent(bytes);
	};
	const recovery = createRecovery(context, { target, signal, progress: meter.storedCount });
	/** Resolves with how it ended, or with the milliseconds to wait before the next attempt. */
	const attempt = async (): Promise<Sent | number> => {
		const { outcomes, receiptHeader, ...request } = await nextRequest(recovery.previous);
		signal.throwIfAborted();
		checkRequest(request);
		target.origin = originOf(request.url);
		count(0);
		const hash: Hasher | undefined = await until(Promise.resolve(hasher?.()), signal);
		let response: Response;
		try {
			const options = { ...settings, signal, onSent: count, pace, hash };
			response = await recovery.watch(1, (onMoved) => {
				moved = onMoved;
				return trackRequest(platform.send(request, body, options));
			});
		} catch (error) {
			onFailed?.();
			return await recovery.afterNetworkError(error, error instanceof NetworkError);
		}
		recovery.answered();
		const { status, headers, ok } = response;
		if (!ok) onFailed?.();
		const text = await response.text();
		// no other part of the body is safe to show: S3 repeats signed strings in it
		const code = /<Code>([\w.]+)<\/Code>/.exec(text)?.[1];
		let outcome = classifyResponse(status, code, outcomes);
		if (outcome === "exists") return { exists: true };
		// S3 redirects with a code
		if (ok || outcome === "ask" || (status < 400 && !code)) {
			const receipt = receiptHeader ? readReceipt(response, receiptHeader, text) : undefined;
			const isClear = ok && outcome !== "ask" && (receipt || receiptHeader === null);
			if (isClear || (await isStored(ok)))
				return { receipt, digest: ok ? hash?.digest() : undefined };
			// no repetition mends a body limit
			outcome = status === 413 ? "fail" : "ask";
		}
		if (isThrottled(status)) limiter.throttled();
		const wantsDigest = /content-md5.*required/i.test(text);
		const error = toUploadError({ ...target, status, outcome, code, wantsDigest });
		return await recovery.afterFailure([outcome === "ask" ? "retry" : outcome, error], headers);
	};
	for (;;) {
		const result = await attempt();
		if (typeof result !== "number") return result;
		await sleep(result, signal).finally(() => setRetrying(undefined));
	}
}

// names that browsers refuse to set (Fetch, section 2.2.2), which Node would send, and those that replace the method
const forbiddenHeader =
	/^((accept|access-control|proxy|sec)-.*|connection|content-length|(set-)?cookie2?|date|dnt|expect|host|keep-alive|origin|referer|te|trailer|transfer-encoding|upgrade|via|x-.*method.*)$/i;

/** Refuses what no plan may ask for: another server may have made it. */
function checkRequest({ method, url, headers }: OutgoingRequest): void {
	const header = Object.keys(headers).find((name) => forbiddenHeader.test(name));
	const wrong =
		method !== "PUT"
			? `method ${method}`
			: /^https?:\/\//i.test(url)
				? header && `header ${header}`
				: "URL";
	if (!wrong) return;
	throw new UploadError(
		"unsupported",
		`The endpoint's plan has a bad ${wrong}. Check \`endpoint\`, and that both packages have the same version.`,
	);
}

/** Reads the receipt header of a 2xx, which distinguishes the storage from a proxy or login page. */
function readReceipt(
	{ headers, redirected }: Response,
	name: string,
	body: string,
): string | undefined {
	const receipt = headers.get(name);
	// weak, empty in quotes, two of them, or marked by a proxy that compresses
	const isNone = !receipt || /^W\/|^""$|,|gzip/.test(receipt);
	// Swift and GCS may call an empty body text/html
	const isForeign = body && /html|json/i.test(headers.get("content-type") ?? "");
	return isNone || isForeign || redirected ? undefined : receipt;
}

/** The part of a signed URL that may be shown. */
const originOf = (url: string): string => /^\w+:\/\/[^/?]+/.exec(url)?.[0] ?? "";
