import type { Socket } from "node:net";

export interface StallWatch {
	/** Reports that bytes moved. */
	moved(): void;
	/** Starts over with another limit, in milliseconds. */
	limit(milliseconds: number): void;
	stop(): void;
}

/**
 * Calls `onStall` when no byte has moved on the socket for `limit` milliseconds, at most a quarter later. It
 * uses the socket's idle timer, which alone sees the send buffer of the kernel: a long write over a slow
 * link moves bytes long before its callback.
 *
 * It waits for four idle quarters in a row, so that after sleep or with a busy event loop the bytes that
 * arrived in the meantime are seen first.
 */
export function watchStall(socket: Socket, limit: number, onStall: () => void): StallWatch {
	const quarters = 4;
	let step = limit / quarters;
	let idleQuarters = 0;
	let armedAt = 0;

	const arm = () => {
		armedAt = performance.now();
		socket.setTimeout(step);
	};
	const onQuarter = () => {
		// bytes that moved delay the timer
		idleQuarters = performance.now() - armedAt < step * 1.5 ? idleQuarters + 1 : 1;
		if (idleQuarters < quarters) arm();
		else onStall();
	};
	socket.on("timeout", onQuarter);
	arm();

	return {
		moved: () => {
			idleQuarters = 0;
		},
		limit: (milliseconds) => {
			step = milliseconds / quarters;
			idleQuarters = 0;
			arm();
		},
		stop: () => {
			socket.off("timeout", onQuarter);
			socket.setTimeout(0);
		},
	};
}
