import type { CompleteRequest, ProblemDetail, SentPart, StoredPart } from "#protocol";
import { sizeOfPart } from "#protocol";
import { UploadError } from "../errors.js";
import type { MultipartRef, PresignProvider } from "../provider.js";
import { checkSize } from "../uploads/authorize-upload.js";
import type { OpenUpload } from "./open-upload.js";
import { partSizeOf } from "./part-window.js";

/** Problems named in one answer; the rest is counted. */
const mostProblems = 100;

/** Every stored part, all pages. */
export async function storedParts(
	provider: PresignProvider,
	ref: MultipartRef,
): Promise<readonly StoredPart[]> {
	const parts: StoredPart[] = [];
	let after: number | undefined;
	do {
		const page = await provider.listParts(ref, after === undefined ? {} : { after });
		parts.push(...page.parts);
		// a page that does not advance would never end
		after = page.next !== undefined && page.next > (after ?? 0) ? page.next : undefined;
	} while (after !== undefined);
	return parts;
}

/** The size the parts must add up to: sealed, or told now and checked against the rule. */
function expectedSize(open: OpenUpload, told: number | undefined): number {
	const { size } = open.upload;
	if (size === null) {
		if (told === undefined) {
			throw new UploadError(
				"invalid-size",
				"This upload began without a size; send size with complete.",
			);
		}
		checkSize(told, open.rule);
		return told;
	}
	if (told === undefined || told === size) return size;
	throw new UploadError("invalid-size", `The upload was begun with ${size} bytes, not ${told}.`);
}

const otherChecksum = "Is stored with another checksum.";

/** What is wrong with one stored part; null when nothing is. */
function partProblem(
	stored: StoredPart | undefined,
	expected: number,
	sent: SentPart | undefined,
): string | null {
	if (!stored) return "Is not stored.";
	if (stored.size !== expected) return `Has ${stored.size} bytes instead of ${expected}.`;
	if (
		sent?.receipt !== undefined &&
		stored.receipt !== undefined &&
		sent.receipt !== stored.receipt
	) {
		return "Is stored with another content than the one that was sent.";
	}
	const { checksum } = stored;
	const same = checksum?.algorithm === sent?.checksum?.algorithm;
	if (same && checksum?.value !== sent?.checksum?.value) return otherChecksum;
	return null;
}

/**
 * Compares what is stored with what the plan says: presence, every size, the total, and where both are
 * known receipts and checksums.
 *
 * @returns The total in bytes and the receipts to commit.
 * @throws UploadError `invalid-parts`, or `checksum-mismatch` where nothing else is wrong, both naming
 * the parts; `invalid-size`, `too-large`.
 */
export function checkStoredParts(
	stored: readonly StoredPart[],
	open: OpenUpload,
	request: CompleteRequest,
): {
	readonly size: number;
	readonly receipts: readonly (SentPart & { readonly receipt: string })[];
} {
	const size = expectedSize(open, request.size);
	const partSize = partSizeOf(open.upload);
	const count = Math.max(1, Math.ceil(size / partSize));
	const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
	const sent = new Map(request.parts?.map((part) => [part.partNumber, part]));
	const errors: ProblemDetail[] = [];
	const receipts: (SentPart & { readonly receipt: string })[] = [];
	for (let partNumber = 1; partNumber <= count; partNumber++) {
		const part = byNumber.get(partNumber);
		const problem = partProblem(part, sizeOfPart(partNumber, size, partSize), sent.get(partNumber));
		if (problem !== null) errors.push({ partNumber, detail: problem });
		else receipts.push({ partNumber, receipt: part?.receipt ?? "" });
		byNumber.delete(partNumber);
	}
	for (const partNumber of byNumber.keys()) {
		errors.push({ partNumber, detail: "Is stored beyond the end of the file." });
	}
	if (errors.length === 0) return { size, receipts };
	throw new UploadError(
		errors.every(({ detail }) => detail === otherChecksum) ? "checksum-mismatch" : "invalid-parts",
		`${errors.length} of the parts are missing or differ; send them again, then complete.`,
		{ errors: errors.slice(0, mostProblems) },
	);
}
