import ky, { isHTTPError, isNetworkError } from "ky";
import { wrap } from "../errors.js";
import type { Settings } from "../options.js";
import type { Failure, Platform, Target } from "../platform.js";
import { createRetryBudget, readRetryAfter } from "./retry.js";

/** Milliseconds from one attempt to the next while the upload is paused. */
const pausedInterval = 2_000;

/** What all requests of an upload have in common. */
export interface Line {
	readonly platform: Platform;
	readonly settings: Settings;
	/** Closed while paused: what fails then spends no attempts. */
	readonly gate: { readonly closed: boolean };
	/** Told whenever it shows whether the device has a network. */
	readonly setOnline: (is: boolean) => void;
}

/** What became of the attempt before. */
export interface Before {
	/** Its URL may be at fault: the next one needs another. */
	readonly refused: boolean;
	/** No answer said that nothing was stored. */
	readonly lost: boolean;
}

/**
 * Sends a request until it is answered with a 2xx, or no further attempt could help. ky drives what
 * follows a failed attempt: it calls `attempt` as its `fetch`, and never holds a body, which it would
 * clone for every attempt.
 *
 * @param target asked after every attempt
 * @param signal ends the waits and all further attempts; the running one is up to `attempt`
 * @param attempt sends once; `before` is undefined at first
 * @param explain an answer other than a 2xx; its body is JSON where its type says so, else text
 * @param progress anything that changes when the upload moves on, to refill the budgets
 * @throws UploadError, or the signal's reason.
 */
export async function makeAttempts(
	{ platform: { reachability }, settings: { endpoint, retry }, gate, setOnline }: Line,
	target: () => Target,
	signal: AbortSignal,
	attempt: (before: Before | undefined) => Promise<Response>,
	explain: (response: Response, body: unknown) => Failure,
	progress?: () => number,
): Promise<Response> {
	const spend = createRetryBudget(retry, progress);
	let before: Before | undefined;
	let wait = 0;
	/** Waits for the network in a row. */
	let waits = 0;

	/** No answer came: the connection was lost, nothing moved on it for too long, or nothing could be sent. */
	const explainSilence = async (error: Error): Promise<Failure> => {
		const lost = isNetworkError(error);
		// ky's own error names the URL; only what lies beneath goes on
		const cause = lost ? error.cause : error;
		const { peer, origin } = target();
		if (!lost && !/^(Stall|Timeout)Error$/.test(error.name)) {
			const message = `The ${peer} cannot be called: see \`cause\`.`;
			return ["fail", () => wrap(cause, "internal", message)];
		}
		const insight = await reachability.explain(cause, target(), signal);
		// nobody waits for the upload: where it is paused, even the best guess can wait
		if (insight && insight !== "offline" && !gate.closed) return insight;
		const what = lost
			? "cannot be reached: check the connection"
			: "stopped answering: try again later";
		const offline = insight === "offline";
		const code = offline ? insight : lost ? "network" : "timeout";
		return [
			offline ? insight : "retry",
			() => wrap(cause, code, `The ${peer} at ${origin} ${what}.`),
		];
	};

	const send = async (): Promise<Response> => {
		signal.throwIfAborted();
		const response = await attempt(before);
		reachability.answered(target().origin);
		setOnline(true);
		return response;
	};
	const first = send();
	try {
		// nearly all succeed at once, and then a round through ky would leave 64 kB of garbage per part
		const response = await first.catch(() => undefined);
		if (response?.ok) return response;
		let begun = false;
		// only a name for ky's own errors, which stay in here: a signed URL never enters it
		return await ky(endpoint, {
			// of the methods that ky repeats
			method: "PUT",
			signal,
			// an attempt has its own clock, which runs on bytes, not on the whole
			timeout: false,
			fetch: () => {
				if (begun) return send();
				begun = true;
				return first;
			},
			retry: {
				// the budgets are the limit
				limit: Number.MAX_SAFE_INTEGER,
				delay: () => wait,
				async shouldRetry({ error }) {
					const answer = isHTTPError(error) ? error : undefined;
					const [outcome, failure] = answer
						? explain(answer.response, answer.data)
						: await explainSilence(error);
					const offline = outcome === "offline";
					setOnline(!offline);
					waits = offline && !gate.closed ? waits + 1 : 0;
					wait = 0;
					// a fresh URL that is refused again is fatal; one that got through may age and be replaced
					const refused = outcome === "resign" && !before?.refused;
					if (offline && waits <= reachability.patience) {
						await reachability.reconnect(signal);
					} else if (!refused) {
						const asked = answer && readRetryAfter(answer.response.headers);
						const kind = answer ? "limit" : "networkLimit";
						const left =
							outcome === "retry" &&
							(gate.closed ? Math.max(asked ?? 0, pausedInterval) : spend(kind, asked));
						if (typeof left !== "number") throw failure();
						wait = left;
					}
					// a refusal may be only a guess: who was not answered may have been heard
					before = { refused, lost: !answer || !refused };
					return true;
				},
			},
		});
	} catch (error) {
		throw signal.aborted ? signal.reason : error;
	}
}
