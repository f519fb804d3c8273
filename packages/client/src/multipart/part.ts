import { type MultipartPlan, type PartWindow, sizeOfPart } from "#protocol";
import { isCombinable } from "../digests/combine-crc.js";
import { nextTask } from "../http/wait.js";
import type { UploadBody, UploadSource } from "../platform.js";
import type { UploadContext } from "../upload/context.js";
import type { ProgressSlot } from "../upload/progress.js";

/** What is known of a part that an earlier run stored. */
export interface KnownPart {
	readonly receipt?: string | undefined;
	/** By the algorithm of the plan. */
	readonly digest?: string | undefined;
	/** The same, of what the storage received. */
	readonly listed?: string | undefined;
}

/** How a file is sent in parts: by a fresh plan, or by the rest of what an earlier run began. */
export interface PartsPlan
	extends Pick<MultipartPlan, "kind" | "size" | "partSize" | "partCount" | "algorithm"> {
	readonly window?: PartWindow | undefined;
	/** What an earlier run stored, by part number. */
	readonly stored?: ReadonlyMap<number, KnownPart>;
	/** The storage does not know the upload: it was joined and the response lost, or it was removed. */
	readonly missingOnStorage?: boolean;
	/** Of a part that was sent, only the digest of now is known: the object's own must confirm it. */
	readonly unconfirmed?: boolean;
}

/** One part of the file, and what the storage answered when it was stored. */
export interface Part {
	readonly partNumber: number;
	/** Bytes. */
	readonly size: number;
	/** The same, of the short last part of a stream of unknown length. */
	readonly lastSize?: number | undefined;
	readonly progress: ProgressSlot;
	/** Its bytes; they can be sent again until they are released. */
	body(): UploadBody;
	/** Called whenever it has its slot. */
	begin?(): void;
	/** Frees the memory of its bytes. */
	release?(): void;
	/** Stored, by this run or an earlier one. */
	stored?: boolean;
	/** More than one request may have stored it, and each got a receipt of its own. */
	repeated?: boolean;
	receipt?: string | undefined;
	/** By the algorithm of the plan. */
	digest?: string | undefined;
}

/** The most parts that any storage takes (blocks of Azure); each needs memory. */
const maxParts = 50_000;

/** Whether a plan divides a file of this size, or a stream of unknown length. An empty file has one part or none. */
export const fits = (plan: PartsPlan, size: number | null): boolean =>
	plan.size === size &&
	plan.partSize >= 1 &&
	(plan.partCount ?? 0) <= maxParts &&
	plan.partCount ===
		(size === null ? size : Math.ceil(size / plan.partSize) || Math.min(plan.partCount ?? 0, 1));

/** All parts of a file of known length, in order. */
export function planFileParts(
	{ meter }: UploadContext,
	source: UploadSource,
	plan: PartsPlan,
): Part[] {
	const { partSize, algorithm } = plan;
	const slice = (index: number): UploadBody => {
		const start = index * partSize;
		return source.slice(start, start + sizeOfPart(index + 1, source.size, partSize));
	};
	/** The part after the latest: its connection is not to wait while a busy browser makes a slice. */
	let ahead: { readonly index: number; body?: UploadBody } | undefined;
	const bodyOf = (index: number): UploadBody => {
		const body = (ahead?.index === index && ahead.body) || slice(index);
		const next = { index: index + 1 };
		ahead = next;
		void nextTask().then(() => {
			if (ahead === next && next.index < (plan.partCount ?? 0)) ahead.body = slice(next.index);
		});
		return body;
	};
	return Array.from({ length: plan.partCount ?? 0 }, (_, index) => {
		const bytes = sizeOfPart(index + 1, source.size, partSize);
		const listed = plan.stored?.get(index + 1);
		// it was not seen to go with its digest
		const unverified = algorithm && !isCombinable(algorithm) && !listed?.digest;
		const known = unverified ? undefined : listed;
		return {
			partNumber: index + 1,
			size: bytes,
			progress: meter.slot(bytes, known && bytes),
			body: () => bodyOf(index),
			stored: known !== undefined,
			...known,
		};
	});
}
