import { createGunzip, createInflateRaw } from "node:zlib";
import type { ByteQueue } from "./byte-queue.js";
import { unreadable } from "./walk.js";

/** Bytes that are fed at once. */
const chunkSize = 64 * 1024;

/**
 * Unpacks from the queue, and leaves in it what follows the packed data.
 *
 * @param format - `deflate` without a header, or `gzip` with all of its members.
 * @param length - Packed bytes, where they are known.
 */
export async function* inflate(
	queue: ByteQueue,
	format: "deflate" | "gzip",
	length: number = Number.POSITIVE_INFINITY,
): AsyncGenerator<Uint8Array> {
	// its own chunks stay small: larger ones wait longer for the garbage collection
	const engine = format === "gzip" ? createGunzip() : createInflateRaw();
	let fed = 0;
	let last: Uint8Array = new Uint8Array();
	let failure: unknown;

	/** One chunk at a time: what the engine left over is then in the last one. */
	async function feed(): Promise<void> {
		while (fed < length && !engine.readableEnded && !engine.destroyed) {
			const chunk = await queue.next(Math.min(chunkSize, length - fed));
			if (!chunk) break;
			fed += chunk.length;
			last = chunk;
			await new Promise<void>((resolve) => {
				engine.once("close", resolve);
				engine.write(chunk, () => {
					engine.off("close", resolve);
					resolve();
				});
			});
			if (fed > engine.bytesWritten) return;
		}
		engine.end();
	}

	const feeding = feed().catch((error: unknown) => {
		failure = error;
		engine.destroy();
	});
	try {
		for await (const chunk of engine) yield chunk as Uint8Array;
	} catch (cause) {
		throw failure ?? damaged(cause);
	} finally {
		engine.destroy();
		await feeding;
	}
	if (failure) throw failure;
	const left = fed - engine.bytesWritten;
	if (left > 0) queue.unread(last.subarray(last.length - left));
}

function damaged(cause: unknown): Error {
	const finding = unreadable("A member of the archive is damaged: it cannot be unpacked.");
	finding.cause = cause;
	return finding;
}
