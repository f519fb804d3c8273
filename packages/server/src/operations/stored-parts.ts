import { createHash } from "node:crypto";
import { type CompleteRequest, type ProblemDetail, type StoredPart, sizeOfPart } from "#protocol";
import { UploadError } from "../errors.js";
import type { CommitPart, MultipartRef } from "../multipart-upload.js";
import type { PresignProvider } from "../provider.js";
import { checkSize } from "../uploads/size.js";
import { type OpenUpload, partSizeOf } from "./open-upload.js";

/** The most problems listed in one reply; the message counts all. */
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
		// stop at a page that does not advance, else the loop never ends
		after = page.next !== undefined && page.next > (after ?? 0) ? page.next : undefined;
	} while (after !== undefined);
	return parts;
}

/** The size that the parts must add up to: from the token, or declared now and checked by the rule. */
export function expectedSize(open: OpenUpload, declared: number | undefined): number {
	const { size } = open.upload;
	if (size === null) {
		if (declared === undefined) {
			throw new UploadError(
				"invalid-size",
				"This upload began without a size; send size with complete.",
			);
		}
		checkSize(declared, open.rule);
		return declared;
	}
	if (declared === undefined || declared === size) return size;
	throw new UploadError("invalid-size", `The upload began with ${size} bytes, not ${declared}.`, {
		values: { size: declared, expected: size },
	});
}

/** What is wrong with one stored part, or null. */
function partProblem(stored: StoredPart | undefined, expected: number): string | null {
	if (!stored) return "Is not stored.";
	return stored.size === expected ? null : `Has ${stored.size} bytes instead of ${expected}.`;
}

/** How a response may spell a listed receipt: some services quote an ETag in a header alone, or in a list alone. */
const spellings: readonly ((receipt: string) => string)[] = [
	(receipt) => receipt,
	(receipt) => receipt.replaceAll('"', ""),
	(receipt) => `"${receipt.replaceAll('"', "")}"`,
];

/** Whether these are the receipts of a digest in the format of {@link CompleteRequest.receipts}. */
function isDigestOf(parts: readonly CommitPart[], expected: string): boolean {
	return spellings.some((spell) => {
		const digest = createHash("sha256");
		for (const { partNumber, receipt } of parts) digest.update(`${partNumber}:${spell(receipt)}\n`);
		return digest.digest("base64") === expected;
	});
}

/**
 * Compares the stored parts with the plan: presence, size and total, and with the receipts that the client
 * got.
 *
 * @returns The total in bytes, and the parts to commit.
 * @throws UploadError `invalid-parts`, which names the parts unless only their receipts differ;
 * `invalid-size`, `too-large`.
 */
export function checkStoredParts(
	stored: readonly StoredPart[],
	open: OpenUpload,
	request: CompleteRequest,
): { readonly size: number; readonly parts: readonly CommitPart[] } {
	const size = expectedSize(open, request.size);
	const partSize = partSizeOf(open.upload);
	const count = Math.ceil(size / partSize);
	const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
	const errors: ProblemDetail[] = [];
	const parts: CommitPart[] = [];
	for (let partNumber = 1; partNumber <= count; partNumber++) {
		const part = byNumber.get(partNumber);
		const problem = partProblem(part, sizeOfPart(partNumber, size, partSize));
		if (problem !== null) errors.push({ partNumber, detail: problem });
		else {
			const { receipt = "", checksum } = part ?? {};
			parts.push({ partNumber, receipt, checksum });
		}
		byNumber.delete(partNumber);
	}
	for (const partNumber of byNumber.keys()) {
		errors.push({ partNumber, detail: "Is stored beyond the end of the file." });
	}
	if (errors.length > 0) {
		throw new UploadError(
			"invalid-parts",
			`${errors.length} of the parts are missing or differ; send them again, then complete.`,
			{ errors: errors.slice(0, maxProblems), values: { count: errors.length } },
		);
	}
	if (count === 0 && open.provider.capabilities.single.maxSize > 0) {
		throw new UploadError(
			"invalid-size",
			"An empty file has no parts that the storage could join. Begin it anew, with size 0.",
			{ values: { size } },
		);
	}
	// where the storage has no receipts, a digest of nothing would prove that nothing was replaced
	const known = parts.every(({ receipt }) => receipt !== "");
	if (request.receipts !== undefined && !(known && isDigestOf(parts, request.receipts))) {
		throw new UploadError(
			"invalid-parts",
			"The stored parts differ from the parts that were sent: one was replaced through another URL. List them, send the differing ones again, then complete.",
		);
	}
	return { size, parts };
}
