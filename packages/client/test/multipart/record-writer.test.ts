import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createRecordWriter, type RecordWriter } from "../../src/multipart/record-writer.js";

beforeEach(() => {
	vi.useFakeTimers();
	vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
		const controller = new AbortController();
		setTimeout(() => controller.abort(), milliseconds);
		return controller.signal;
	});
});
afterEach(() => {
	vi.useRealTimers();
	vi.restoreAllMocks();
});

interface Scene {
	readonly writer: RecordWriter;
	readonly calls: string[];
	record: string;
}

/** A store of which every operation takes so long, the calls it received, and the record to write. */
function slowStore(milliseconds: number): Scene {
	const calls: string[] = [];
	const call = async (word: string): Promise<void> => {
		calls.push(word);
		await new Promise((resolve) => setTimeout(resolve, milliseconds));
	};
	const store = {
		get: async () => undefined,
		set: (_: string, record: string) => call(record),
		delete: () => call("delete"),
	};
	const scene: Scene = {
		writer: createRecordWriter(store, "id", () => scene.record, false),
		calls,
		record: "0",
	};
	return scene;
}

it("writes what was noted while it was writing", async () => {
	const scene = slowStore(300);
	void scene.writer.flush();
	await vi.advanceTimersByTimeAsync(100);
	scene.record = "1";
	scene.writer.scheduleWrite();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(scene.calls).toEqual(["0", "1"]);
});

it("has one write wait at most, however slow the store is, and the latest is written", async () => {
	const scene = slowStore(4_000);
	for (let second = 0; second < 8; second++) {
		scene.record = `${second}`;
		scene.writer.scheduleWrite();
		await vi.advanceTimersByTimeAsync(1_000);
	}
	await vi.advanceTimersByTimeAsync(8_000);
	expect(scene.calls.length).toBeLessThanOrEqual(3);
	expect(scene.calls.at(-1)).toBe("7");
	expect(scene.writer.written()).toBe(true);
});

it("writes nothing any more after the removal", async () => {
	const scene = slowStore(10);
	await Promise.all([scene.writer.flush(), vi.advanceTimersByTimeAsync(50)]);
	scene.writer.scheduleWrite();
	const removing = scene.writer.remove();
	await vi.advanceTimersByTimeAsync(2_000);
	await removing;
	expect(scene.calls).toEqual(["0", "delete"]);
	expect(scene.writer.written()).toBe(false);
});

it("waits five seconds for a store that hangs, and fails no upload", async () => {
	const scene = slowStore(3_600_000);
	const flushing = scene.writer.flush();
	await vi.advanceTimersByTimeAsync(5_000);
	await flushing;
	expect(scene.writer.written()).toBe(false);
});
