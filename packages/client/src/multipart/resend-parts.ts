import type { ChecksumAlgorithm, CompleteReply } from "#protocol";
import { hasCode, type UploadError } from "../errors.js";
import type { UploadContext } from "../upload/context.js";
import type { Part } from "./part.js";
import { listParts } from "./stored-parts.js";

interface RepairSteps {
	/** Of the parts' digests. */
	readonly algorithm: ChecksumAlgorithm | undefined;
	/** The parts to send at first. */
	readonly first: readonly Part[];
	/** Resolves with whether the storage has all of them; false where it does not know the upload. */
	readonly send: (some: readonly Part[]) => Promise<boolean>;
	/** Completes the upload; its errors may name the parts at fault. */
	readonly end: (sent: boolean) => Promise<CompleteReply>;
}

/**
 * Sends parts and completes the upload. Parts that the server finds missing or different are sent again, by each of
 * the two errors that say so: a stored part once, a missing part twice.
 */
export async function completeWithRepair(
	upload: UploadContext,
	parts: readonly Part[],
	{ algorithm, first, send, end }: RepairSteps,
): Promise<CompleteReply> {
	/** By error code. */
	const attempts = new Map<string, Map<Part, number>>();
	for (let some = first; ; ) {
		const sent = await send(some);
		try {
			return await end(sent);
		} catch (error) {
			const repairable = hasCode(error, "checksum-mismatch", "invalid-parts");
			// with `restart`, the server has ended the upload
			if (!repairable || error.restart !== undefined) throw error;
			const counts = attempts.get(error.code) ?? new Map<Part, number>();
			attempts.set(error.code, counts);
			const broken = await findBroken(upload, { parts, algorithm, error });
			some = broken.filter((part) => (counts.get(part) ?? 0) < 2);
			if (some.length === 0) throw error;
			for (const part of some) {
				counts.set(part, (counts.get(part) ?? 0) + (part.stored ? 2 : 1));
				part.stored = false;
			}
		}
	}
}

/**
 * The parts that the server names, a hundred at most, and those that were not sent yet; else those that the
 * storage lists otherwise than they were sent. All parts where only the whole object is known to be wrong, and
 * the storage lists no digests.
 */
async function findBroken(
	upload: UploadContext,
	{
		parts,
		algorithm,
		error,
	}: Pick<RepairSteps, "algorithm"> & {
		readonly parts: readonly Part[];
		readonly error: UploadError;
	},
): Promise<readonly Part[]> {
	const named = new Set(error.errors?.map(({ partNumber }) => partNumber));
	const broken = parts.filter(({ partNumber, stored }) => !stored || named.has(partNumber));
	if (broken.length > 0) return broken;
	const listed = await listParts(upload);
	/** Whether a part is listed as it was sent, as far as both sides know. */
	const isSame = ({ partNumber, size, receipt, digest }: Part): boolean => {
		const stored = listed.get(partNumber);
		const checksum = stored?.checksum;
		return (
			stored?.size === size &&
			(!receipt || !stored.receipt || stored.receipt === receipt) &&
			(!digest || checksum?.algorithm !== algorithm || checksum?.value === digest)
		);
	};
	const differing = parts.filter((part) => !isSame(part));
	if (differing.length > 0 || error.code === "invalid-parts") return differing;
	return parts.some(({ partNumber }) => listed.get(partNumber)?.checksum) ? [] : parts;
}
