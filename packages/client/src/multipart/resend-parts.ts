import type { CompleteReply } from "#protocol";
import { hasCode } from "../errors.js";
import type { Part } from "./part.js";

/**
 * Sends parts and completes the upload. Parts that the server finds missing or broken are sent again: a part
 * that was stored once more, since it would break again, and one that was not stored twice.
 *
 * @param first the parts to send at first
 * @param send resolves with whether the storage has all of them; false where it does not know the upload
 * @param end completes the upload; its errors name the parts at fault
 */
export async function completeWithRepair(
	parts: readonly Part[],
	first: readonly Part[],
	send: (some: readonly Part[]) => Promise<boolean>,
	end: (sent: boolean) => Promise<CompleteReply>,
): Promise<CompleteReply> {
	const attempts = new Map<Part, number>();
	const mayRepeat = (part: Part): boolean => (attempts.get(part) ?? 0) < 2;
	for (let some = first; ; ) {
		const sent = await send(some);
		try {
			return await end(sent);
		} catch (error) {
			some = findBroken(parts, error).filter(mayRepeat);
			if (some.length === 0) throw error;
			for (const part of some) {
				attempts.set(part, (attempts.get(part) ?? 0) + (part.stored ? 2 : 1));
				part.stored = false;
			}
		}
	}
}

/**
 * The parts that the server names, a hundred at most, and those that were not sent yet; all parts where only
 * the whole object is known to be wrong.
 */
function findBroken(parts: readonly Part[], error: unknown): readonly Part[] {
	if (!hasCode(error, "checksum-mismatch", "invalid-parts")) return [];
	const named = new Set(error.errors?.map(({ partNumber }) => partNumber));
	const broken = parts.filter(({ partNumber, stored }) => !stored || named.has(partNumber));
	return broken.length > 0 || error.code === "invalid-parts" ? broken : parts;
}
