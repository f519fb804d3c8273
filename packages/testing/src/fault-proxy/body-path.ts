import type { ClientRequest, IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/** What a body meets on its way to the target. */
export interface BodyHazards {
	/** Bytes that pass; what follows stays unread. @default all */
	readonly limit?: number;
	/** Position of a byte whose lowest bit is turned. */
	readonly flipAt?: number;
	/** Bytes per second; infinite = as fast as both sides are. */
	readonly bandwidth: number;
}

/**
 * Passes a body on, no faster than the target takes it. Resolves once all has passed or the limit is
 * reached; rejects when the sender goes. What a target that has gone does not take is read away.
 */
export async function passBody(
	body: IncomingMessage,
	target: ClientRequest,
	{ limit = Number.POSITIVE_INFINITY, flipAt = -1, bandwidth }: BodyHazards,
): Promise<void> {
	if (limit <= 0) return;
	let passed = 0;
	const began = performance.now();
	for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
		const piece = turnBit(chunk.subarray(0, limit - passed), flipAt - passed);
		passed += piece.length;
		if (!target.destroyed && !target.write(piece)) await roomIn(target);
		if (passed >= limit) return;
		const early = began + (passed / bandwidth) * 1000 - performance.now();
		if (early > 0) await sleep(Math.ceil(early));
	}
}

function turnBit(piece: Buffer, position: number): Buffer {
	if (position < 0 || position >= piece.length) return piece;
	const turned = Buffer.from(piece);
	turned.writeUInt8(turned.readUInt8(position) ^ 1, position);
	return turned;
}

function roomIn(target: ClientRequest): Promise<void> {
	return new Promise((resolve) => {
		const done = (): void => {
			target.off("drain", done);
			target.off("close", done);
			resolve();
		};
		target.on("drain", done);
		target.on("close", done);
	});
}
