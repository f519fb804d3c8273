import { type MultipartPlan, sizeOfPart } from "#protocol";
import type { UploadBody } from "../platform.js";
import type { ProgressSlot } from "../upload/progress.js";
import type { Session } from "../upload/session.js";

/** One part of the file, and what the storage said when it had it. */
export interface Part {
	readonly partNumber: number;
	/** Bytes. */
	readonly size: number;
	readonly slot: ProgressSlot;
	/** Its bytes; they can be sent again. */
	body(): UploadBody;
	receipt?: string | undefined;
	/** CRC-32. */
	digest?: string | undefined;
}

/** All parts of a file of known length, in order. */
export function cut({ source, size, meter }: Session, plan: MultipartPlan): readonly Part[] {
	const { partSize } = plan;
	return Array.from({ length: plan.partCount ?? 0 }, (_, index) => {
		const start = index * partSize;
		const bytes = sizeOfPart(index + 1, size, partSize);
		return {
			partNumber: index + 1,
			size: bytes,
			slot: meter.slot(bytes),
			body: () => source.slice(start, start + bytes),
		};
	});
}
