import { type MultipartPlan, sizeOfPart } from "#protocol";
import type { UploadBody, UploadSource } from "../platform.js";
import type { ProgressSlot } from "../upload/progress.js";
import type { Session } from "../upload/session.js";

/** One part of the file, and what the storage said when it had it. */
export interface Part {
	readonly partNumber: number;
	/** Bytes. */
	readonly size: number;
	/** The same, of the short part that ends a stream whose length was not known. */
	readonly lastSize?: number | undefined;
	readonly slot: ProgressSlot;
	/** Its bytes; they can be sent again until they are released. */
	body(): UploadBody;
	/** Gives up bytes that take room. */
	release?(): void;
	receipt?: string | undefined;
	/** CRC-32. */
	digest?: string | undefined;
}

/** All parts of a file of known length, in order. */
export function cut({ meter }: Session, source: UploadSource, plan: MultipartPlan): Part[] {
	const { partSize } = plan;
	return Array.from({ length: plan.partCount ?? 0 }, (_, index) => {
		const start = index * partSize;
		const bytes = sizeOfPart(index + 1, source.size, partSize);
		return {
			partNumber: index + 1,
			size: bytes,
			slot: meter.slot(bytes),
			body: () => source.slice(start, start + bytes),
		};
	});
}
