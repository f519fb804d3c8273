import { expect, it } from "vitest";
import { createTimeline } from "../../src/upload/timeline.js";

it("tells when each event happened, in whole milliseconds since the beginning", () => {
	let time = 5_000.2;
	const timeline = createTimeline(() => time);
	timeline.add({ type: "state", state: "starting" });
	time += 1_234.5;
	timeline.add({ type: "state", state: "uploading" });
	expect(timeline.read()).toEqual({
		events: [
			{ at: 0, type: "state", state: "starting" },
			{ at: 1_235, type: "state", state: "uploading" },
		],
		omitted: 0,
	});
});

it("keeps the last of several parts in a row", () => {
	const timeline = createTimeline(() => 0);
	for (const stored of [1, 2, 3]) timeline.add({ type: "parts", stored });
	timeline.add({ type: "state", state: "paused" });
	for (const stored of [4, 5]) timeline.add({ type: "parts", stored });
	expect(timeline.read().events).toMatchObject([{ stored: 3 }, { state: "paused" }, { stored: 5 }]);
});

it("keeps the first 40 events and the latest 160, and counts those that it drops", () => {
	const timeline = createTimeline(() => 0);
	for (let i = 0; i < 1_000; i++) timeline.add({ type: "failure", code: `${i}`, message: "" });
	const { events, omitted } = timeline.read();
	const codes = events.map((event) => event.type === "failure" && Number(event.code));
	expect(omitted).toBe(800);
	expect(codes).toHaveLength(200);
	expect(codes.slice(38, 42)).toEqual([38, 39, 840, 841]);
	expect(codes.at(-1)).toBe(999);
});

it("gives copies", () => {
	const timeline = createTimeline(() => 0);
	const { events } = timeline.read();
	timeline.add({ type: "parts", stored: 1 });
	expect(events).toEqual([]);
});
