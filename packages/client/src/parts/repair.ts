import type { CompleteReply } from "#protocol";
import { hasCode } from "../errors.js";
import type { Part } from "./part.js";

/**
 * Has the parts joined; those that are missing or broken, on the way or at rest, are sent again first.
 * Each once: what is broken again stays broken.
 *
 * @param commit tells by its errors which parts are at fault
 * @param resend what it resolves with, if anything, is the end
 */
export async function commitRepaired(
	parts: readonly Part[],
	commit: () => Promise<CompleteReply>,
	resend: (broken: readonly Part[]) => Promise<CompleteReply | undefined>,
): Promise<CompleteReply> {
	const repaired = new Set<Part>();
	for (;;) {
		try {
			return await commit();
		} catch (error) {
			const broken = findBroken(parts, error).filter((part) => !repaired.has(part));
			if (broken.length === 0) throw error;
			for (const part of broken) {
				part.stored = false;
				repaired.add(part);
			}
			const end = await resend(broken);
			if (end) return end;
		}
	}
}

/** The parts that the server names, or all where only the whole is known to be wrong. */
function findBroken(parts: readonly Part[], error: unknown): readonly Part[] {
	if (!hasCode(error, "checksum-mismatch", "invalid-parts")) return [];
	const named = new Set(error.errors?.map(({ partNumber }) => partNumber));
	const broken = parts.filter(({ partNumber }) => named.has(partNumber));
	return broken.length > 0 || error.code === "invalid-parts" ? broken : parts;
}
