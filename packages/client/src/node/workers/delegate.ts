import type { Attempt } from "../attempt.js";
import { isNodeHasher } from "../hashers.js";
import { isNetworkFailure, isReset } from "../network-failure.js";
import type { NodeBody } from "../sources/body.js";
import { isFileBody } from "../sources/file-body.js";
import type { Crew } from "./crew.js";

/** Bytes of a file from which on a worker saves more time than its start takes. */
const smallestFile = 128 * 1024 * 1024;

/**
 * Has the pieces of large files sent by the crew, and all else by this thread.
 *
 * @param smallest bytes of the smallest file that counts as large
 */
export function delegate(
	here: Attempt<NodeBody>,
	crew: Crew,
	smallest: number = smallestFile,
): Attempt<NodeBody> {
	return async (outgoing, body, cautious, options) => {
		const { signal, onSent, hash } = options;
		const fits = isFileBody(body) && body.file.state.size >= smallest;
		const there = fits && (!hash || isNodeHasher(hash)) && crew.pick();
		if (!there) return here(outgoing, body, cautious, options);
		let sent = 0;
		try {
			return await there(outgoing, body, cautious, {
				...options,
				onSent: (bytes) => {
					sent = bytes;
					onSent(bytes);
				},
			});
		} catch (error) {
			if (sent > 0 || signal.aborted || !isNetworkFailure(error) || isReset(error)) throw error;
			// threads do not share what a program has set with node:tls, node:dns or node:net
			const answer = await here(outgoing, body, cautious, options);
			crew.disband();
			return answer;
		}
	};
}
