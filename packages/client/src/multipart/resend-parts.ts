import type { CompleteReply } from "#protocol";
import { hasCode } from "../errors.js";
import type { Part } from "./part.js";

/**
 * Has parts sent, and the upload ended. Parts that turn out to be missing or broken, on the way or at rest,
 * are sent again: what was stored once, since what is broken again stays broken, and what was not twice.
 *
 * @param first what is to be sent at first
 * @param send a failure of it is the upload's; tells whether the storage has all of it, or has forgotten
 *   the upload
 * @param end tells by its errors which parts are at fault
 */
export async function repairing(
	parts: readonly Part[],
	first: readonly Part[],
	send: (some: readonly Part[]) => Promise<boolean>,
	end: (sent: boolean) => Promise<CompleteReply>,
): Promise<CompleteReply> {
	const spent = new Map<Part, number>();
	const mayRepeat = (part: Part): boolean => (spent.get(part) ?? 0) < 2;
	for (let some = first; ; ) {
		const sent = await send(some);
		try {
			return await end(sent);
		} catch (error) {
			some = findBroken(parts, error).filter(mayRepeat);
			if (some.length === 0) throw error;
			for (const part of some) {
				spent.set(part, (spent.get(part) ?? 0) + (part.stored ? 2 : 1));
				part.stored = false;
			}
		}
	}
}

/**
 * The parts that the server names, a hundred at most, with those that were not sent yet; or all where only
 * the whole is known to be wrong.
 */
function findBroken(parts: readonly Part[], error: unknown): readonly Part[] {
	if (!hasCode(error, "checksum-mismatch", "invalid-parts")) return [];
	const named = new Set(error.errors?.map(({ partNumber }) => partNumber));
	const broken = parts.filter(({ partNumber, stored }) => !stored || named.has(partNumber));
	return broken.length > 0 || error.code === "invalid-parts" ? broken : parts;
}
