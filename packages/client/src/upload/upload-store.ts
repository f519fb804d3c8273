import type { UploadError } from "../errors.js";
import type { Progress } from "../options.js";
import type { UploadSnapshot, UploadState } from "../public-types.js";

/** The values from which the state of an upload is derived. */
interface Facts {
	phase: UploadState;
	paused: boolean;
	offline: boolean;
	/** Whether the server is at work on the stored file. */
	pending?: boolean;
	/** Milliseconds since the epoch, while the upload waits for its next attempt. */
	retryingAt: number | undefined;
	error: UploadError | undefined;
	progress: Progress;
}

/** The state of one upload, as `useSyncExternalStore` of React reads it. */
export interface UploadStore {
	get(): UploadSnapshot;
	set(change: Partial<Facts>): void;
	/** @returns ends the subscription */
	subscribe(listener: () => void): () => void;
	/** The latest progress whenever it changed, until the upload is over. */
	watch(): AsyncIterable<Progress>;
}

/**
 * @param notify calls a listener
 * @param onState called with every new state, the first one included
 */
export function createUploadStore(
	notify: (listener: () => void) => void,
	onState: (event: { readonly type: "state"; readonly state: UploadState }) => void,
): UploadStore {
	let facts: Facts = {
		phase: "starting",
		paused: false,
		offline: false,
		retryingAt: undefined,
		error: undefined,
		progress: { loaded: 0, bytesPerSecond: 0 },
	};
	let current = toSnapshot(facts);
	onState({ type: "state", state: current.state });
	const listeners = new Set<() => void>();
	let changed = Promise.withResolvers<void>();
	return {
		get: () => current,
		set(change) {
			// ignore requests that end after the upload has ended
			if (isOver(current.state)) return;
			facts = { ...facts, ...change };
			const next = toSnapshot(facts);
			if (isSame(current, next)) return;
			const { state } = current;
			current = next;
			if (next.state !== state) onState({ type: "state", state: next.state });
			for (const listener of listeners) notify(listener);
			changed.resolve();
			changed = Promise.withResolvers();
		},
		subscribe: subscribeTo(listeners),
		async *watch() {
			let seen: Progress | undefined;
			for (;;) {
				if (facts.progress !== seen) {
					seen = facts.progress;
					yield seen;
				} else if (isOver(current.state)) return;
				else await changed.promise;
			}
		},
	};
}

/** @returns a function that adds a listener to the set, and returns one that takes it out */
export const subscribeTo =
	(listeners: Set<() => void>) =>
	(listener: () => void): (() => void) => {
		// a wrapper, because the same function may subscribe twice
		const entry = (): void => {
			if (listeners.has(entry)) listener();
		};
		listeners.add(entry);
		return () => void listeners.delete(entry);
	};

/** Whether the upload has ended. */
export const isOver = (phase: string): boolean => /^(done|failed|aborted)$/.test(phase);

function toSnapshot({
	phase,
	paused,
	offline,
	pending,
	retryingAt,
	error,
	progress,
}: Facts): UploadSnapshot {
	const waiting = paused ? "paused" : offline ? "offline" : retryingAt ? "retrying" : phase;
	const state = isOver(phase) ? phase : waiting;
	const moving = state === "uploading";
	return Object.freeze({
		state,
		loaded: progress.loaded,
		total: progress.total,
		bytesPerSecond: (moving && progress.bytesPerSecond) || undefined,
		secondsLeft: moving ? progress.secondsLeft : undefined,
		pending: (state === "completing" && pending) || undefined,
		error,
		retryingAt: state === "retrying" ? retryingAt : undefined,
	});
}

const isSame = (one: UploadSnapshot, other: UploadSnapshot): boolean =>
	Object.entries(one).every(([name, value]) => value === other[name as keyof UploadSnapshot]);
