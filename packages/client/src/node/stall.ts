import type { Socket } from "node:net";

export interface StallWatch {
	/** Says that bytes moved. */
	moved(): void;
	/** Starts over with another limit, in milliseconds. */
	limit(milliseconds: number): void;
	stop(): void;
}

/**
 * Calls `onStall` once nothing has moved on the socket for `limit` milliseconds, at most a quarter
 * later. It listens to the socket's own idle timer, because only that one looks into the kernel's
 * queue: a single long write over a slow link moves bytes long before its callback.
 *
 * Four quiet quarters are asked for instead of one long silence, so that a machine that slept, or a
 * busy event loop, gets to see what has arrived in the meantime.
 */
export function watchStall(socket: Socket, limit: number, onStall: () => void): StallWatch {
	const quarters = 4;
	let step = limit / quarters;
	let quiet = 0;
	let armedAt = 0;

	const arm = () => {
		armedAt = performance.now();
		socket.setTimeout(step);
	};
	const onQuarter = () => {
		// a late timer was put off by bytes that moved
		quiet = performance.now() - armedAt < step * 1.5 ? quiet + 1 : 1;
		if (quiet < quarters) arm();
		else onStall();
	};
	socket.on("timeout", onQuarter);
	arm();

	return {
		moved: () => {
			quiet = 0;
		},
		limit: (milliseconds) => {
			step = milliseconds / quarters;
			quiet = 0;
			arm();
		},
		stop: () => {
			socket.off("timeout", onQuarter);
			socket.setTimeout(0);
		},
	};
}
