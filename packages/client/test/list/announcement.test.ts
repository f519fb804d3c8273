import { expect, it } from "vitest";
import { createAnnouncer, type ListProgress } from "../../src/list/announcement.js";

const list = (change: Partial<ListProgress>): ListProgress => ({
	added: 2,
	counts: {},
	state: "uploading",
	loaded: 0,
	total: 100,
	...change,
});

it("tells each thing once: files, quarters, a pause, an outage and the end", () => {
	const announce = createAnnouncer();
	const steps: readonly (readonly [Partial<ListProgress>, object | undefined])[] = [
		[{ added: 0, state: "idle", total: 0 }, undefined],
		[{}, { type: "added", count: 2 }],
		[{ loaded: 24 }, { type: "added", count: 2 }],
		[{ loaded: 26 }, { type: "progress", percent: 25 }],
		// a jump tells the last one alone
		[{ loaded: 80 }, { type: "progress", percent: 75 }],
		[{ loaded: 81, state: "paused" }, { type: "paused" }],
		[{ loaded: 81, counts: { offline: 1 } }, { type: "offline" }],
		[
			{ added: 3, loaded: 81, total: 1_000 },
			{ type: "added", count: 1 },
		],
		[
			{ added: 3, loaded: 600, total: 1_000 },
			{ type: "added", count: 1 },
		],
		[
			{ added: 3, counts: { done: 2, failed: 1 }, state: "idle", loaded: 1_000 },
			{ type: "ended", done: 2, failed: 1 },
		],
		[
			{ added: 4, total: 1_000 },
			{ type: "added", count: 1 },
		],
		[
			{ added: 4, loaded: 300, total: 1_000 },
			{ type: "progress", percent: 25 },
		],
	];
	for (const [change, expected] of steps) expect(announce(list(change))).toEqual(expected);
});

it("gives the same object until there is something new to tell", () => {
	const announce = createAnnouncer();
	const first = announce(list({}));
	expect(announce(list({ loaded: 1 }))).toBe(first);
	expect(announce(list({ added: 4 }))).not.toBe(first);
});
