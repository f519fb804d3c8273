/** Milliseconds to wait for a response: bytes that were sent may still be in network buffers. */
export const responseTimeout = (stallTimeout: number): number => 4 * stallTimeout;

/** No byte moved for too long. */
export class StallError extends Error {
	override readonly name = "StallError";
	/** @param milliseconds without a byte */
	constructor(readonly milliseconds: number) {
		super(`No byte moved for ${milliseconds / 1000} s.`);
	}
}

/** The connection failed: there is no response. A TypeError, as `fetch` throws it. */
export class NetworkError extends TypeError {
	/** @param cause the runtime's error, if it gives one */
	constructor(cause?: unknown) {
		super("fetch failed", { cause });
	}
}
