import type { ChecksumAlgorithm, Outcomes } from "#protocol";
import type { Hasher, OutgoingRequest, Platform, UploadBody } from "../platform.js";
import { type Before, type Line, makeAttempts } from "./attempts.js";
import { describe } from "./problem.js";
import { isThrottled, judge } from "./retry.js";

/** A request with what special statuses mean for it. */
export interface BytesRequest extends OutgoingRequest {
	readonly outcomes?: Outcomes | undefined;
}

/** What all bodies of an upload are sent with. */
export interface Sender extends Line {
	/** Its count refills the budgets. */
	readonly meter: { readonly storedCount: () => number };
	/** What the number of bodies in flight is judged by. */
	readonly client: {
		readonly limiter: {
			readonly sent: (bytes: number) => void;
			readonly throttled: () => void;
		};
	};
}

export interface Sent {
	/** How it ended without being stored: as in the plan's `outcomes`. */
	readonly special?: "exists" | "ask";
	/** Of the storage's answer. */
	readonly headers?: Headers;
	/** Of the bytes that were sent. */
	readonly digest?: string | undefined;
}

/**
 * Sends one body until the storage has it, or says what else is true. A refused URL is replaced once:
 * a fresh one refused again is fatal, whereas one that got through may age and be replaced again.
 *
 * @param nextRequest the request of the next attempt, by another URL where the one before was refused
 * @param onSent bytes of the running attempt that have left so far; 0 when one begins
 * @param hasher digests each attempt while it is sent
 * @throws UploadError, or the signal's reason.
 */
export async function sendBytes(
	sender: Sender,
	body: UploadBody,
	signal: AbortSignal,
	nextRequest: (before: Before | undefined) => Promise<BytesRequest>,
	onSent: (bytes: number) => void,
	hasher: Platform["hashers"][ChecksumAlgorithm],
): Promise<Sent> {
	const { platform, settings, setOnline, meter, client } = sender;
	const { stallTimeout } = settings;
	const { limiter } = client;
	let origin = "";
	let outcomes: Outcomes | undefined;
	let special: Sent["special"];
	let hash: Hasher | undefined;
	let left = 0;
	const count = (bytes: number): void => {
		limiter.sent(bytes - left);
		left = bytes;
		if (bytes > 0) setOnline(true);
		onSent(bytes);
	};
	const { headers } = await makeAttempts(
		sender,
		() => ({ peer: "storage", origin, midway: left > 0 && left < body.size }),
		signal,
		async (before) => {
			const request = await nextRequest(before);
			outcomes = request.outcomes;
			origin = originOf(request.url);
			count(0);
			hash = hasher?.();
			const options = { signal, stallTimeout, onSent: count, hash };
			const response = await platform.send(request, body, options);
			const outcome = judge(response.status, "", outcomes);
			if (outcome !== "exists" && outcome !== "ask") return response;
			special = outcome;
			return new Response();
		},
		({ status }, answer) => {
			// nothing else of the body is safe to show: S3 repeats signed strings in it
			const code = /<Code>(\w+)<\/Code>/.exec(String(answer))?.[1];
			const outcome = judge(status, code, outcomes);
			if (isThrottled(status, code)) limiter.throttled();
			return [outcome, () => describe({ peer: "storage", status, outcome, code })];
		},
		meter.storedCount,
	);
	return special ? { special } : { headers, digest: hash?.digest() };
}

/** What may be shown of a signed URL. */
const originOf = (url: string): string => /^\w+:\/\/[^/?]+/.exec(url)?.[0] ?? "";
