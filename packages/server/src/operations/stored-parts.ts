import type { CompleteRequest, ProblemDetail, SentPart, StoredPart } from "#protocol";
import { sizeOfPart } from "#protocol";
import { UploadError } from "../errors.js";
import type { MultipartRef, PresignProvider } from "../provider.js";
import { checkSize } from "../uploads/size.js";
import { type OpenUpload, partSizeOf } from "./open-upload.js";

/** Problems listed in one reply; the message counts all. */
const maxProblems = 100;

/** Every stored part, all pages. */
export async function listStoredParts(
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

/** The size that the parts must add up to: from the token, or declared now and checked by the rule. */
function expectedSize(open: OpenUpload, declared: number | undefined): number {
	const { size } = open.upload;
	if (size === null) {
		if (declared === undefined) {
			throw new UploadError(
				"invalid-size",
				"This upload began without a size; send size with complete.",
			);
		}
		checkSize(declared, open.rule.maxSize);
		return declared;
	}
	if (declared === undefined || declared === size) return size;
	throw new UploadError("invalid-size", `The upload began with ${size} bytes, not ${declared}.`);
}

const otherChecksum = "Is stored with another checksum.";

/** What is wrong with one stored part, or null. */
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
		return "Is stored with other content than was sent.";
	}
	const { checksum } = stored;
	const same = checksum?.algorithm === sent?.checksum?.algorithm;
	if (same && checksum?.value !== sent?.checksum?.value) return otherChecksum;
	return null;
}

/**
 * Compares the stored parts with the plan: presence, size, total, and receipts and checksums where both
 * sides have them.
 *
 * @returns The total in bytes, and the receipts to commit.
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
		{ errors: errors.slice(0, maxProblems) },
	);
}
