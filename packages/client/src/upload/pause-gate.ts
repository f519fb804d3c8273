import { until } from "../http/wait.js";

/** Open while the upload runs; closed while it is paused. */
export interface PauseGate {
	readonly closed: boolean;
	close(): void;
	open(): void;
	/** Resolves once open; rejects with the signal's reason. */
	pass(signal: AbortSignal): Promise<void>;
}

export function createPauseGate(): PauseGate {
	let reopened: PromiseWithResolvers<void> | undefined;
	return {
		get closed() {
			return reopened !== undefined;
		},
		close() {
			reopened ??= Promise.withResolvers();
		},
		open() {
			reopened?.resolve();
			reopened = undefined;
		},
		async pass(signal) {
			signal.throwIfAborted();
			while (reopened) await until(reopened.promise, signal);
		},
	};
}
