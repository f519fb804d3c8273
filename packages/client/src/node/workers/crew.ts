import { workerCode } from "./code.js";
import { type Member, startMember } from "./member.js";

/** The worker thread of one client. */
export interface Crew {
	/** The worker, which starts now if it is not there; undefined where none can work. */
	pick(): Member | undefined;
}

/**
 * A crew of one, which starts its worker whenever it is asked for one that is not there. A second one took 10 to 20 MiB more, and over TLS a seventh of the processor time again and of the speed
 * away. It is disbanded as soon as the worker is lost: what killed it may kill the next.
 *
 * @param maxSockets connections of the worker to one host
 */
export function createCrew(maxSockets: number, code: string = workerCode): Crew {
	let member: Member | undefined;
	let disbanded = code === "";

	const start = (): Member | undefined => {
		try {
			return startMember(code, maxSockets, (lost) => {
				member = undefined;
				disbanded ||= lost;
			});
		} catch {
			// this process may not start threads
			disbanded = true;
			return undefined;
		}
	};

	return {
		pick() {
			if (disbanded) return undefined;
			member ??= start();
			return member;
		},
	};
}
