import type { UploadEvent } from "../public-types.js";

/** The most events kept: the first ones, and the latest. */
const maxEvents = 200;
const firstEvents = 40;

type WithoutTime<Event> = Event extends unknown ? Omit<Event, "at"> : never;

/** An event that happens now. */
export type UploadNote = WithoutTime<UploadEvent>;

/** What happens to an upload. */
export interface Timeline {
	/** Adds an event; of consecutive `parts` events, only the last is kept. */
	add(event: UploadNote): void;
	/** A copy, and the number of events dropped in between. */
	read(): { readonly events: readonly UploadEvent[]; readonly omitted: number };
}

/** @param now milliseconds, monotonic */
export function createTimeline(now: () => number = () => performance.now()): Timeline {
	const began = now();
	const events: UploadEvent[] = [];
	let omitted = 0;
	return {
		add(event) {
			if (event.type === "parts" && events.at(-1)?.type === "parts") events.pop();
			else if (events.length === maxEvents) {
				events.splice(firstEvents, 1);
				omitted++;
			}
			events.push({ at: Math.round(now() - began), ...event } as UploadEvent);
		},
		read: () => ({ events: [...events], omitted }),
	};
}
