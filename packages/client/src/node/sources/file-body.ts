import { fstat, read } from "node:fs";
import { promisify } from "node:util";
import { createBody, type NodeBody } from "./body.js";
import { assertUnchanged, fileTooShort } from "./file-state.js";
import type { HeldFile } from "./held-file.js";

/**
 * A piece of a file on disk.
 *
 * @param start where it begins in the file, in bytes
 */
export function createFileBody(
	file: Pick<HeldFile, "state" | "hold">,
	start: number,
	size: number,
): NodeBody {
	return createBody(size, async () => {
		const { fd, release } = await file.hold();
		return {
			read(position, length, scratch) {
				const chunk = scratch.subarray(0, length);
				const filling = fill(fd, chunk, start + position);
				if (position + length < size) return filling;
				// once per body: its last bytes leave only if all of them belong to one state of the file
				return filling
					.then(() => stat(fd, { bigint: true }))
					.then((now) => {
						assertUnchanged(file.state, now);
						return chunk;
					});
			},
			close: release,
		};
	});
}

const stat = promisify(fstat);

/**
 * Fills the chunk from a position of the file, and resolves with it. It runs for every chunk of an
 * upload: by the callback, since `FileHandle.read` costs a tenth of the whole throughput, and with one
 * promise, since a chain of them costs some hundredths more.
 */
function fill(fd: number, chunk: Uint8Array, position: number): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		let filled = 0;
		const readOn = (): void =>
			read(fd, chunk, filled, chunk.byteLength - filled, position + filled, onRead);
		const onRead = (error: Error | null, bytesRead: number): void => {
			filled += bytesRead;
			if (error) reject(error);
			else if (bytesRead === 0) reject(fileTooShort());
			else if (filled < chunk.byteLength) readOn();
			else resolve(chunk);
		};
		readOn();
	});
}
