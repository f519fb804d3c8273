import type { Attempt } from "../attempt.js";
import type { FileBody } from "../sources/file-body.js";
import { workerCode } from "./code.js";
import { type Member, startMember } from "./member.js";

/** The worker threads of one client. */
export interface Crew {
	/** The way to send with the worker that has the least to do; undefined where none can work. */
	pick(): Attempt<FileBody> | undefined;
}

/**
 * One thread cannot read, hash and send as fast as curl sends; two can, and more would only take
 * memory: a loopback or a line of 10 Gbit/s is full.
 */
const largestCrew = 2;

/**
 * A crew that starts one worker when it is first asked for one, and another when the first is busy.
 * It is disbanded as soon as one is lost: what killed it may kill the next.
 *
 * @param maxSockets connections of all workers to one host
 */
export function createCrew(maxSockets: number, code: string = workerCode): Crew {
	const members = new Set<Member>();
	let disbanded = code === "";

	const start = (): void => {
		try {
			const member = startMember(code, maxSockets / largestCrew, (lost) => {
				members.delete(member);
				disbanded ||= lost;
			});
			members.add(member);
		} catch {
			// this process may not start threads
			disbanded = true;
		}
	};

	const leastBusy = (): Member | undefined =>
		[...members].sort((one, other) => one.load() - other.load())[0];

	return {
		pick() {
			if (disbanded) return undefined;
			if (members.size < largestCrew && leastBusy()?.load() !== 0) start();
			return leastBusy()?.attempt;
		},
	};
}
