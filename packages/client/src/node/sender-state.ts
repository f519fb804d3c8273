import { defaultChunkSize } from "./sources/body.js";

/** What all bodies that one client sends share. */
export interface SenderState {
	/** Bodies that are being written now. */
	bodies: number;
	/** Whether the latest measurement found a fast line; the next body starts with it. */
	isFastLine: boolean;
	/**
	 * Lends a buffer of {@link defaultChunkSize} or {@link largeChunkSize} bytes.
	 *
	 * @param large requests a large buffer; a default one is lent while all large ones are in use
	 */
	takeBuffer(large: boolean): Uint8Array;
	/** Takes a buffer back that nothing reads from or writes to anymore. */
	giveBuffer(buffer: Uint8Array): void;
}

/** Bytes. */
export const largeChunkSize: number = 2 * 1024 * 1024;

/** One for each body that an upload starts with. With more, memory had grown by 20 MiB after 20 GiB. */
const maxLargeBuffers = 4;

/** Keeps every buffer for reuse, the last one first, since its bytes are likely in the processor's cache. */
export function createSenderState(): SenderState {
	const small: Uint8Array[] = [];
	const large: Uint8Array[] = [];
	let largeLent = 0;
	return {
		bodies: 0,
		isFastLine: false,
		takeBuffer(wantsLarge) {
			if (!wantsLarge || largeLent === maxLargeBuffers) {
				return small.pop() ?? Buffer.allocUnsafeSlow(defaultChunkSize);
			}
			largeLent++;
			return large.pop() ?? Buffer.allocUnsafeSlow(largeChunkSize);
		},
		giveBuffer(buffer) {
			if (buffer.byteLength === defaultChunkSize) return void small.push(buffer);
			largeLent--;
			large.push(buffer);
		},
	};
}
