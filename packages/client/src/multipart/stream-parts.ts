import { sizeOfPart } from "#protocol";
import { UploadError } from "../errors.js";
import { until } from "../http/wait.js";
import type { StreamSource, TakenBody, UploadBody } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import type { Part, PartsPlan } from "./part.js";
import { wrongSize } from "./stream-source.js";

/**
 * The parts of a stream, in order, each read when it is asked for and the one before has its turn: of many
 * streams at once, each holds one part that waits. Nothing is read while the upload is paused.
 *
 * @param parts each is added to
 * @throws UploadError `invalid-size` when the stream ends before or after the plan does.
 */
export async function* takeParts(
	{ gate, meter }: UploadContext,
	source: StreamSource,
	{ size, partSize }: PartsPlan,
	parts: Part[],
	signal: AbortSignal,
): AsyncGenerator<Part, void, undefined> {
	for (let partNumber = 1, start = 0; start !== size; partNumber++) {
		await gate.pass(signal);
		const wanted = size === null ? partSize : sizeOfPart(partNumber, size, partSize);
		let body: TakenBody | undefined = await source.take(wanted, signal);
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
				// what is stored is not sent again
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
	if (size !== null && (await source.more(signal))) throw wrongSize(size);
}

/** A failure that a file would be sent again for. */
export const beyondRepair = (error: UploadError): UploadError =>
	new UploadError(
		error.code,
		`${error.message} Its stream cannot be read again: begin with a new one.`,
		{ ...error, cause: error },
	);
