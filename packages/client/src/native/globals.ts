// What React Native lacks of the globals that this package uses; the build puts these in their place, so that
// those of the app stay as they are.
import { sha256 } from "@noble/hashes/sha2.js";

export { AbortController, AbortSignal } from "./abort-signal.js";
export { URL } from "./url.js";

/** Instead of `Promise.withResolvers`. */
export function withResolvers<Value>(): PromiseWithResolvers<Value> {
	let resolve!: PromiseWithResolvers<Value>["resolve"];
	let reject!: PromiseWithResolvers<Value>["reject"];
	const promise = new Promise<Value>((...functions) => {
		[resolve, reject] = functions;
	});
	return { promise, resolve, reject };
}

/** Lets other tasks run between two pieces of work. */
export class MessageChannel {
	readonly port1: { onmessage?: () => void; close(): void } = { close() {} };
	readonly port2: { postMessage(): void } = {
		postMessage: () => void setTimeout(() => this.port1.onmessage?.()),
	};
}

/** Joins bytes and text: React Native's own takes no bytes. */
export class Blob {
	readonly #pieces: readonly Uint8Array[];

	constructor(pieces: readonly (string | Uint8Array)[]) {
		const encoder = new TextEncoder();
		this.#pieces = pieces.map((piece) =>
			typeof piece === "string" ? encoder.encode(piece) : piece,
		);
	}

	async arrayBuffer(): Promise<ArrayBuffer> {
		const bytes = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
		let at = 0;
		for (const piece of this.#pieces) {
			bytes.set(piece, at);
			at += piece.length;
		}
		return bytes.buffer;
	}
}

/** The one digest that this package asks WebCrypto for is SHA-256. */
export const crypto = {
	subtle: {
		digest: async (_name: "SHA-256", bytes: ArrayBuffer | Uint8Array): Promise<ArrayBuffer> =>
			sha256(new Uint8Array(bytes)).slice().buffer,
	},
};
