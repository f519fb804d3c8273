import { availableParallelism } from "node:os";
import type { Attempt } from "../attempt.js";
import { isNodeHasher } from "../hashers.js";
import { isNetworkFailure, isReset } from "../network-failure.js";
import type { NodeBody } from "../sources/body.js";
import { isFileBody } from "../sources/file-body.js";
import type { Crew } from "./crew.js";

/** Bytes of a file from which on the worker saves more time than its start takes. */
const smallestFile = 128 * 1024 * 1024;

/**
 * Times in a row that workers do not get through where this thread then does: once may be the network,
 * which came back in between.
 */
const mostFailures = 3;

/** Bodies that the worker may have in hand for each of this thread, and as many more: it reads at less cost. */
const defaultShare = 2;

/**
 * Has pieces of large files that are to be digested sent by the crew as well, since digesting them makes one
 * thread the slower end of a fast line; what is only sent is sent faster by one than by two that contend.
 * All else is sent by this thread, also all that comes before the worker has started, and what the worker
 * cannot reach: threads do not share what a program has set with `node:tls`, `node:dns` or `node:net`.
 *
 * @param options.smallest bytes of the smallest file that counts as large
 * @param options.share bodies that the worker may have in hand for each of this thread, and as many more
 * @param options.overTls whether the crew has a part over TLS too, where this thread keeps one core busy and the
 *   kernel much of another
 */
export function delegate(
	here: Attempt<NodeBody>,
	crew: Crew,
	{
		smallest = smallestFile,
		share = defaultShare,
		overTls = availableParallelism() > 2,
	}: { readonly smallest?: number; readonly share?: number; readonly overTls?: boolean } = {},
): Attempt<NodeBody> {
	/** Pieces of large files in hand, by thread. */
	const load = { here: 0, there: 0 };
	const counted = async <Result>(
		side: keyof typeof load,
		work: Promise<Result>,
	): Promise<Result> => {
		load[side]++;
		return await work.finally(() => load[side]--);
	};
	/** By origin; one where workers got through has none. */
	const failures = new Map<string, number>();
	return async (outgoing, body, cautious, options) => {
		const { signal, onSent, hash } = options;
		const { url } = outgoing;
		const origin = URL.canParse(url) ? new URL(url).origin : "";
		const failed = failures.get(origin) ?? 0;
		const mayGo =
			hash &&
			isNodeHasher(hash) &&
			(overTls || !/^https:/i.test(url)) &&
			isFileBody(body) &&
			body.file.state.size >= smallest &&
			failed < mostFailures;
		if (!mayGo) return here(outgoing, body, cautious, options);
		const there = load.there < share * (load.here + 1) ? crew.pick() : undefined;
		if (!there?.ready) return counted("here", here(outgoing, body, cautious, options));
		let sent = 0;
		try {
			const sending = there.attempt(outgoing, body, cautious, {
				...options,
				onSent: (bytes) => {
					sent = bytes;
					onSent(bytes);
				},
			});
			const answer = await counted("there", sending);
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
