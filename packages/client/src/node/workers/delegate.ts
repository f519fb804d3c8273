import type { Attempt } from "../attempt.js";
import { isNodeHasher } from "../hashers.js";
import { isNetworkFailure, isReset } from "../network-failure.js";
import type { NodeBody } from "../sources/body.js";
import { isFileBody } from "../sources/file-body.js";
import type { Crew } from "./crew.js";

/** Bytes of a file from which on a worker saves more time than its start takes. */
const smallestFile = 128 * 1024 * 1024;

/**
 * Times in a row that workers do not get through where this thread then does: once may be the network,
 * which came back in between.
 */
const mostFailures = 3;

/**
 * Has the pieces of large files sent by the crew, and all else by this thread. So is what workers cannot
 * reach: threads do not share what a program has set with `node:tls`, `node:dns` or `node:net`.
 *
 * @param smallest bytes of the smallest file that counts as large
 */
export function delegate(
	here: Attempt<NodeBody>,
	crew: Crew,
	smallest: number = smallestFile,
): Attempt<NodeBody> {
	/** By origin; one where workers got through has none. */
	const failures = new Map<string, number>();
	return async (outgoing, body, cautious, options) => {
		const { signal, onSent, hash } = options;
		const { url } = outgoing;
		const origin = URL.canParse(url) ? new URL(url).origin : "";
		const failed = failures.get(origin) ?? 0;
		const fits = isFileBody(body) && body.file.state.size >= smallest;
		const mayGo = fits && (!hash || isNodeHasher(hash)) && failed < mostFailures;
		const there = mayGo && crew.pick();
		if (!there) return here(outgoing, body, cautious, options);
		let sent = 0;
		try {
			const answer = await there(outgoing, body, cautious, {
				...options,
				onSent: (bytes) => {
					sent = bytes;
					onSent(bytes);
				},
			});
			failures.delete(origin);
			return answer;
		} catch (error) {
			if (sent > 0 || signal.aborted || !isNetworkFailure(error) || isReset(error)) throw error;
			const answer = await here(outgoing, body, cautious, options);
			// of those that were under way at once, one counts: they had the same moment
			if ((failures.get(origin) ?? 0) === failed) failures.set(origin, failed + 1);
			return answer;
		}
	};
}
