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
	readonly told: string[];
	know: string;
}

/** A store of which every operation takes so long, what it was told, and what is there to write. */
function slowStore(milliseconds: number): Scene {
	const told: string[] = [];
	const tell = async (word: string): Promise<void> => {
		told.push(word);
		await new Promise((resolve) => setTimeout(resolve, milliseconds));
	};
	const store = {
		get: async () => undefined,
		set: (_: string, record: string) => tell(record),
		delete: () => tell("delete"),
	};
	const scene: Scene = {
		writer: createRecordWriter(store, "id", () => scene.know, false),
		told,
		know: "0",
	};
	return scene;
}

it("writes what was noted while it was writing", async () => {
	const scene = slowStore(300);
	void scene.writer.flush();
	await vi.advanceTimersByTimeAsync(100);
	scene.know = "1";
	scene.writer.scheduleWrite();
	await vi.advanceTimersByTimeAsync(1_000);
	expect(scene.told).toEqual(["0", "1"]);
});

it("has one write wait at most, however slow the store is, and the latest is written", async () => {
	const scene = slowStore(4_000);
	for (let second = 0; second < 8; second++) {
		scene.know = `${second}`;
		scene.writer.scheduleWrite();
		await vi.advanceTimersByTimeAsync(1_000);
	}
	await vi.advanceTimersByTimeAsync(8_000);
	expect(scene.told.length).toBeLessThanOrEqual(3);
	expect(scene.told.at(-1)).toBe("7");
	expect(scene.writer.written()).toBe(true);
});

it("writes nothing any more after the removal", async () => {
	const scene = slowStore(10);
	await Promise.all([scene.writer.flush(), vi.advanceTimersByTimeAsync(50)]);
	scene.writer.scheduleWrite();
	const removing = scene.writer.remove();
	await vi.advanceTimersByTimeAsync(2_000);
	await removing;
	expect(scene.told).toEqual(["0", "delete"]);
	expect(scene.writer.written()).toBe(false);
});

it("waits five seconds for a store that hangs, and fails no upload", async () => {
	const scene = slowStore(3_600_000);
	const flushing = scene.writer.flush();
	await vi.advanceTimersByTimeAsync(5_000);
	await flushing;
	expect(scene.writer.written()).toBe(false);
});
