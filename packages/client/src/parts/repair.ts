import type { CompleteReply } from "#protocol";
import { hasCode } from "../errors.js";
import type { Part } from "./part.js";

/**
 * Has parts sent and all of them joined. Those that turn out to be missing or broken, on the way or at
 * rest, are sent again, each once: what is broken again stays broken.
 *
 * @param first what is to be sent at first
 * @param sendAndCommit tells by its errors which parts are at fault
 */
export async function repairing(
	parts: readonly Part[],
	first: readonly Part[],
	sendAndCommit: (some: readonly Part[]) => Promise<CompleteReply>,
): Promise<CompleteReply> {
	const repaired = new Set<Part>();
	for (let some = first; ; ) {
		try {
			return await sendAndCommit(some);
		} catch (error) {
			some = findBroken(parts, error).filter((part) => !repaired.has(part));
			if (some.length === 0) throw error;
			for (const part of some) {
				part.stored = false;
				repaired.add(part);
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
