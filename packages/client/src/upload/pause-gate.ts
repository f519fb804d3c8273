import { until } from "../http/wait.js";

/** Lets work pass, or holds it while closed. */
export interface PauseGate {
	readonly closed: boolean;
	close(): void;
	open(): void;
	/** Resolves once open; rejects with the signal's reason. */
	pass(signal: AbortSignal): Promise<void>;
}

export function createPauseGate(): PauseGate {
	let barrier: PromiseWithResolvers<void> | undefined;
	return {
		get closed() {
			return barrier !== undefined;
		},
		close() {
			barrier ??= Promise.withResolvers();
		},
		open() {
			barrier?.resolve();
			barrier = undefined;
		},
		async pass(signal) {
			signal.throwIfAborted();
			while (barrier) await until(barrier.promise, signal);
		},
	};
}
