import { UploadError } from "../../errors.js";
import type { UploadSource } from "../../platform.js";
import { createOpenBody } from "./body.js";

/** A source over memory that the caller owns; nothing is copied. */
export function bytesSource(input: ArrayBufferLike | ArrayBufferView): UploadSource {
	const bytes = ArrayBuffer.isView(input)
		? new Uint8Array(input.buffer, input.byteOffset, input.byteLength)
		: new Uint8Array(input, 0, input.byteLength);
	return {
		size: bytes.byteLength,
		slice: (start, end) =>
			createOpenBody(end - start, async (position, length) => {
				const from = start + position;
				if (from + length <= bytes.byteLength) return bytes.subarray(from, from + length);
				// a buffer that was transferred or made smaller has lost bytes
				throw new UploadError(
					"file-changed",
					"The buffer was transferred or resized during its upload. Upload a copy of it.",
				);
			}),
		close: async () => {},
	};
}
