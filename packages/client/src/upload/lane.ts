import type { Gate } from "./gate.js";
import type { Lanes } from "./lanes.js";

/** The turn of one body. */
export interface Lane {
	/** Resolves once the body may go, also if it has its turn already; while paused, others have it. */
	readonly enter: () => Promise<void>;
	/** Ends the turn. Safe to repeat. */
	readonly leave: () => void;
}

/** @param signal leaves the queue when aborted, with its reason; not the lane */
export function createLane(lanes: Lanes, gate: Gate, signal: AbortSignal): Lane {
	let end: (() => void) | undefined;
	const leave = (): void => {
		end?.();
		end = undefined;
	};
	return {
		async enter() {
			while (!end || gate.closed) {
				leave();
				await gate.pass(signal);
				end = await lanes.take(signal);
			}
		},
		leave,
	};
}
