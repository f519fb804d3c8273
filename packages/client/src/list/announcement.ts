import type { UploadAnnouncement, UploadListSnapshot } from "./list-types.js";

/** What an announcement is made from. */
export interface ListProgress
	extends Pick<UploadListSnapshot, "counts" | "state" | "loaded" | "total"> {
	/** Items so far that were not rejected, also removed ones. */
	readonly added: number;
}

/**
 * Finds what is worth saying about a list: each thing once.
 *
 * @returns a function that is called after changes, and returns the latest announcement
 */
export function createAnnouncer(): (now: ListProgress) => UploadAnnouncement | undefined {
	let before: ListProgress = { added: 0, counts: {}, state: "idle", loaded: 0 };
	let percent = 0;
	let said: UploadAnnouncement | undefined;
	return (now) => {
		const { added, counts, state, loaded, total } = now;
		const { done = 0, failed = 0, offline = 0 } = counts;
		const isActive = state !== "idle";
		// files that are added later make it fall
		const quarter = isActive && total ? Math.floor((4 * loaded) / total) * 25 : 0;
		if (!isActive) percent = 0;
		if (added > before.added) said = { type: "added", count: added - before.added };
		else if (!isActive && before.state !== "idle") said = { type: "ended", done, failed };
		else if (state === "paused" && before.state !== "paused") said = { type: "paused" };
		else if (offline > 0 && !before.counts.offline) said = { type: "offline" };
		else if (quarter > percent && quarter < 100) {
			percent = quarter;
			said = { type: "progress", percent };
		}
		before = now;
		return said;
	};
}
