import { type MultipartPlan, type PartWindow, sizeOfPart } from "#protocol";
import type { UploadBody, UploadSource } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import type { ProgressSlot } from "../upload/progress.js";

/** What is known of a part that was stored by an earlier run. */
export interface KnownPart {
	readonly receipt?: string | undefined;
	/** CRC-32. */
	readonly digest?: string | undefined;
}

/** What it takes to send a file in parts: a fresh plan, or one that carries on what an earlier run began. */
export interface PartsPlan
	extends Pick<MultipartPlan, "kind" | "size" | "partSize" | "partCount" | "checksums"> {
	readonly window?: PartWindow | undefined;
	/** By an earlier run, by part number. */
	readonly stored?: ReadonlyMap<number, KnownPart>;
	/** The storage has forgotten the upload: it was joined, with the answer lost, or swept away. */
	readonly gone?: boolean;
}

/** One part of the file, and what the storage said when it had it. */
export interface Part {
	readonly partNumber: number;
	/** Bytes. */
	readonly size: number;
	/** The same, of the short part that ends a stream whose length was not known. */
	readonly lastSize?: number | undefined;
	readonly progress: ProgressSlot;
	/** Its bytes; they can be sent again until they are released. */
	body(): UploadBody;
	/** Says, also again and again, that it has its turn. */
	begin?(): void;
	/** Gives up bytes that take room. */
	release?(): void;
	/** By this run or an earlier one: nothing to send. */
	stored?: boolean;
	receipt?: string | undefined;
	/** CRC-32. */
	digest?: string | undefined;
}

/** All parts of a file of known length, in order. */
export function cut({ meter }: UploadContext, source: UploadSource, plan: PartsPlan): Part[] {
	const { partSize } = plan;
	return Array.from({ length: plan.partCount ?? 0 }, (_, index) => {
		const start = index * partSize;
		const bytes = sizeOfPart(index + 1, source.size, partSize);
		const known = plan.stored?.get(index + 1);
		return {
			partNumber: index + 1,
			size: bytes,
			progress: meter.slot(bytes, known && bytes),
			body: () => source.slice(start, start + bytes),
			stored: known !== undefined,
			...known,
		};
	});
}
