import type { ClientRequest, IncomingMessage } from "node:http";
import { setTimeout } from "node:timers/promises";

/** The time by which a proxy delays and throttles. */
export interface ProxyClock {
	/** @returns milliseconds since any fixed moment */
	now(): number;
	/**
	 * @param milliseconds - 0 waits for a turn of the event loop
	 * @returns a promise that resolves when they have passed
	 */
	sleep(milliseconds: number): Promise<unknown>;
}

export const systemClock: ProxyClock = {
	now: () => performance.now(),
	sleep: (milliseconds) => setTimeout(milliseconds),
};

export interface ForwardBodyOptions {
	/** Bytes to forward; the rest stays unread. @default all */
	readonly limit?: number;
	/** Position of a byte whose lowest bit is flipped. */
	readonly flipAt?: number;
	/** Bytes per second; may be infinite. */
	readonly bandwidth: number;
	readonly clock: ProxyClock;
}

/**
 * Forwards a body no faster than the target takes it. Resolves once all of it or `limit` bytes have
 * passed; rejects when the sender disconnects. Drains what a disconnected target does not take.
 */
export async function forwardBody(
	body: IncomingMessage,
	upstream: ClientRequest,
	{ limit = Number.POSITIVE_INFINITY, flipAt = -1, bandwidth, clock }: ForwardBodyOptions,
): Promise<void> {
	if (limit <= 0) return;
	let passed = 0;
	const began = clock.now();
	for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
		const piece = flipBit(chunk.subarray(0, limit - passed), flipAt - passed);
		passed += piece.length;
		if (!upstream.destroyed && !upstream.write(piece)) await writable(upstream);
		if (passed >= limit) return;
		const early = began + (passed / bandwidth) * 1000 - clock.now();
		if (early > 0) await clock.sleep(Math.ceil(early));
	}
}

function flipBit(piece: Buffer, position: number): Buffer {
	if (position < 0 || position >= piece.length) return piece;
	const flipped = Buffer.from(piece);
	flipped.writeUInt8(flipped.readUInt8(position) ^ 1, position);
	return flipped;
}

/** Resolves when the request takes more bytes, or is closed. */
function writable(upstream: ClientRequest): Promise<void> {
	return new Promise((resolve) => {
		const done = (): void => {
			upstream.off("drain", done);
			upstream.off("close", done);
			resolve();
		};
		upstream.on("drain", done);
		upstream.on("close", done);
	});
}
