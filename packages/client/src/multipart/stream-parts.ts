import { sizeOfPart } from "#protocol";
import { until } from "../http/wait.js";
import type { HeldBody, StreamSource, UploadBody } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";
import { wrongSize } from "./stream-source.js";

/**
 * Yields the parts of a stream in order. A part is read on request, once the previous one has its slot, so that
 * each stream buffers one waiting part. Nothing is read while paused.
 *
 * @param parts list to which each part is added
 * @throws UploadError `invalid-size` when the stream is shorter or longer than the plan.
 */
export async function* streamParts(
	{ gate, meter }: UploadContext,
	{ size, partSize }: PartsPlan,
	source: StreamSource,
	{ parts, signal }: { readonly parts: Part[]; readonly signal: AbortSignal },
): AsyncGenerator<Part, void, undefined> {
	for (let partNumber = 1, start = 0; start !== size; partNumber++) {
		await gate.pass(signal);
		const wanted = size === null ? partSize : sizeOfPart(partNumber, size, partSize);
		let body: HeldBody | undefined = await source.take(wanted, signal);
		const bytes = body.size;
		start += bytes;
		const last = bytes < wanted;
		if (last && size !== null) throw wrongSize(size);
		if (last) meter.ends(start);
		if (bytes > 0) {
			const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
			const part: Part = {
				partNumber,
				size: bytes,
				lastSize: last ? bytes : undefined,
				progress: meter.slot(bytes),
				// a stored part is not sent again
				body: () => body as UploadBody,
				begin,
				release() {
					body?.release();
					body = undefined;
				},
			};
			parts.push(part);
			yield part;
			if (!last) await until(begun, signal);
		}
		if (last) return;
	}
	if (size !== null && (await source.hasMore(signal))) throw wrongSize(size);
}

/**
 * Makes the parts of a stream readable from the first one again while none is released. A read that an earlier
 * reader did not wait for is not lost: its part is in the list, and its error is thrown to the next reader.
 *
 * @param reading the one generator of this stream
 * @param parts list to which it adds
 */
export function rereadable(
	reading: AsyncGenerator<Part>,
	parts: readonly Part[],
): () => AsyncGenerator<Part, void, undefined> {
	let read: Promise<IteratorResult<Part>> | undefined;
	return async function* () {
		for (let index = 0; ; index++) {
			while (!parts[index]) {
				read ??= reading.next().then((result) => {
					read = undefined;
					return result;
				});
				const { done } = await read;
				if (done && !parts[index]) return;
			}
			yield parts[index] as Part;
		}
	};
}
