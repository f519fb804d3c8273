import { UploadError, wrap } from "../errors.js";
import type { Settings } from "../options.js";
import type { Failure, Platform, Target } from "../platform.js";
import { responseTimeout, StallError } from "../transport-errors.js";
import { describeFailure, type FailureNote } from "./redact.js";
import { createRetryBudget, readRetryAfter } from "./retry.js";

/** Milliseconds from one attempt to the next while the upload is paused. */
const pausedInterval = 2_000;
/** Milliseconds; silence is told after four of them, and told again after four more. */
const silenceStep = 2_500;

/** What all requests of an upload have in common. */
export interface RequestContext {
	readonly platform: Platform;
	readonly settings: Settings;
	/** Closed while paused. Failures during a pause don't count against the retry budget. */
	readonly gate: { readonly closed: boolean };
	/** Called after each attempt with whether the device appears to be online. */
	readonly setOnline: (is: boolean) => void;
	/** Called with the time of the next attempt, in milliseconds since the epoch, and with undefined once it begins. */
	readonly setRetrying: (at: number | undefined) => void;
	/** Called when the file is stored, and the server is still at work on it. */
	readonly setPending?: (() => void) | undefined;
	/** Called with each attempt. */
	readonly trackRequest: <Value>(request: Promise<Value>) => Promise<Value>;
	/** Called with the reason of each failed attempt. */
	readonly setError: (error: UploadError) => void;
	/** Adds an event to the report. */
	readonly addEvent: (failure: FailureNote) => void;
}

/** How the previous attempt ended. */
export interface PreviousAttempt {
	/** The URL was refused: the next attempt needs another one. */
	readonly refused: boolean;
	/** Without a readable response the request may have been processed. */
	readonly lost: boolean;
	/** Whether there was a response. */
	readonly answered: boolean;
}

export interface RecoveryOptions {
	/** Read again after each attempt. */
	readonly target: Target;
	/** Ends the waits. */
	readonly signal: AbortSignal;
	/** A number that changes when the upload progresses, which refills the budgets. */
	readonly progress?: () => number;
}

/** Decides after each failed attempt of a request whether and when to retry. */
export interface Recovery {
	/** Undefined before the first failure. */
	previous?: PreviousAttempt;
	/** To be called with every response, whatever its status. */
	readonly answered: () => void;
	/**
	 * @param headers of the response, where there was one
	 * @returns milliseconds to wait before the next attempt
	 * @throws UploadError when no further attempt could help, or the signal's reason.
	 */
	readonly afterFailure: (failure: Failure, headers?: Headers) => Promise<number>;
	/**
	 * Like {@link afterFailure}, for an attempt without a response.
	 *
	 * @param lost whether the connection failed; otherwise nothing moved in time, or nothing could be sent
	 */
	readonly afterNetworkError: (error: unknown, lost: boolean) => Promise<number>;
	/**
	 * Runs one attempt, and tells how long nothing has come.
	 *
	 * @param tens the multiple of ten seconds after which it is told
	 * @param attempt gets a function to call whenever bytes move
	 */
	readonly watch: <Value>(
		tens: number,
		attempt: (moved: () => void) => Promise<Value>,
	) => Promise<Value>;
}

/** Retry rules shared by calls to the endpoint and requests to the storage. */
export function createRecovery(
	context: RequestContext,
	{ target, signal, progress }: RecoveryOptions,
): Recovery {
	const { platform, settings, gate, setOnline, setRetrying, setError, addEvent } = context;
	const { reachability } = platform;
	const spend = createRetryBudget(settings.retry, progress);
	/** Consecutive waits for the network. */
	let reconnectWaits = 0;

	const silence = (milliseconds: number): string =>
		`No response from ${target.origin.replace(/^\w+:\/\//, "")} for ${milliseconds / 1000} s.`;

	const classifyNetworkError = async (error: unknown, lost: boolean): Promise<Failure> => {
		const { peer, origin } = target;
		const silent =
			error instanceof StallError
				? error.milliseconds
				: error instanceof Error && error.name === "TimeoutError"
					? responseTimeout(settings.stallTimeout)
					: 0;
		if (!lost && !silent) {
			const message = `The ${peer} cannot be called: see \`cause\`.`;
			return ["fail", wrap(error, "internal", message)];
		}
		const diagnosis = await reachability.explain(error, target, signal);
		const offline = diagnosis === "offline";
		// while paused, retry instead of failing on a diagnosis
		if (diagnosis && !offline && !gate.closed) return diagnosis;
		const code = offline ? "offline" : lost ? "network" : "timeout";
		const message =
			code === "timeout"
				? silence(silent)
				: `The ${peer} at ${origin} cannot be reached: check the connection.`;
		return [offline ? "offline" : "retry", wrap(error, code, message)];
	};

	const recovery: Recovery = {
		answered() {
			reachability.answered(target.origin);
			setOnline(true);
		},
		async afterFailure([outcome, error], headers) {
			const offline = outcome === "offline";
			setOnline(!offline);
			reconnectWaits = offline && !gate.closed ? reconnectWaits + 1 : 0;
			// a fresh URL that is refused again is fatal; one that was accepted may age and be replaced
			const refused = outcome === "resign" && !recovery.previous?.refused;
			// a refusal without a response is only a guess: the request may have been processed
			const answered = headers !== undefined;
			recovery.previous = { refused, lost: !answered || !refused, answered };
			// the endpoint's own errors have an id, and no service worker makes up these statuses
			const isOwn = error.requestId || /401|429|50[0-3]/.test(`${error.status}`);
			if (answered && !isOwn) reachability.nameWorker?.(error);
			let retryIn = refused ? 0 : undefined;
			if (outcome === "retry") {
				const asked = headers && readRetryAfter(headers);
				retryIn = gate.closed
					? Math.max(asked ?? 0, pausedInterval)
					: spend(headers ? "limit" : "networkLimit", asked);
			}
			// answers the client's own check after a lost response; the caller decides what it means
			if (error.code !== "upload-not-found") setError(error);
			addEvent({ ...describeFailure(error, target.origin), retryIn });
			if (offline && reconnectWaits <= reachability.maxReconnectWaits) {
				await reachability.reconnect(signal);
			} else if (retryIn === undefined) throw error;
			if (retryIn) setRetrying(Date.now() + retryIn);
			return retryIn ?? 0;
		},
		async afterNetworkError(error, lost) {
			signal.throwIfAborted();
			return await recovery.afterFailure(await classifyNetworkError(error, lost));
		},
		async watch(tens, attempt) {
			await reachability.check?.(target);
			let steps = 0;
			const step = Math.min(silenceStep, responseTimeout(settings.stallTimeout) / 8);
			// counted, since a clock goes on while the machine sleeps
			const timer = setInterval(() => {
				// the first one may have been shorter
				const full = steps++;
				if (!full || full % (4 * tens)) return;
				const error = new UploadError("network", silence(full * step));
				setError(error);
				if (full === 4 * tens) addEvent(describeFailure(error, target.origin));
			}, step);
			return await attempt(() => {
				steps = 0;
			}).finally(() => clearInterval(timer));
		},
	};
	return recovery;
}
