import { describe, expect, it } from "vitest";
import { UploadError } from "../../src/errors.js";
import type { UploadState } from "../../src/public-types.js";
import { createUploadStore, type UploadStore } from "../../src/upload/upload-store.js";

interface Recorder {
	readonly store: UploadStore;
	readonly states: UploadState[];
}

function record(): Recorder {
	const states: UploadState[] = [];
	const store = createUploadStore(
		(listener) => listener(),
		({ state }) => states.push(state),
	);
	return { store, states };
}

const moving = { loaded: 5, total: 10, bytesPerSecond: 2, secondsLeft: 2.5 };
const lost = new UploadError("network", "Lost.");

describe("a snapshot", () => {
	it("is the same object until something of it changes", () => {
		const { store } = record();
		const first = store.get();
		expect(first).toEqual({ state: "starting", loaded: 0 });
		store.set({ offline: false, retryingAt: undefined, progress: { ...moving, loaded: 0 } });
		const second = store.get();
		expect(second).not.toBe(first);
		// neither shows while the upload is starting
		store.set({ progress: { ...moving, loaded: 0, bytesPerSecond: 7 } });
		expect(store.get()).toBe(second);
		store.set({ paused: true });
		const paused = store.get();
		store.set({ offline: true });
		expect(store.get()).toBe(paused);
	});

	it("cannot be changed", () => {
		expect(Object.isFrozen(record().store.get())).toBe(true);
	});

	it("has a speed only while uploading, and the time of the next attempt only while retrying", () => {
		const { store } = record();
		store.set({ phase: "uploading", progress: moving });
		expect(store.get()).toEqual({ state: "uploading", ...moving });
		store.set({ retryingAt: 1_000, error: lost });
		expect(store.get()).toEqual({
			state: "retrying",
			loaded: 5,
			total: 10,
			error: lost,
			retryingAt: 1_000,
		});
		store.set({ paused: true });
		expect(store.get()).toEqual({ state: "paused", loaded: 5, total: 10, error: lost });
	});

	it("says paused before offline, offline before retrying, and retrying before the phase", () => {
		const { store, states } = record();
		store.set({ phase: "uploading" });
		store.set({ retryingAt: 1 });
		store.set({ offline: true });
		store.set({ paused: true });
		store.set({ paused: false, offline: false });
		store.set({ phase: "completing", retryingAt: undefined });
		store.set({ phase: "done" });
		expect(states).toEqual([
			"starting",
			"uploading",
			"retrying",
			"offline",
			"paused",
			"retrying",
			"completing",
			"done",
		]);
	});

	it("stays as it is once the upload is over", () => {
		const { store } = record();
		store.set({ phase: "failed", error: lost });
		const last = store.get();
		store.set({ paused: true, phase: "uploading", error: undefined, progress: moving });
		expect(store.get()).toBe(last);
	});
});

describe("subscribe", () => {
	it("calls every listener after each change, until its subscription ends", () => {
		const { store } = record();
		const seen: string[] = [];
		const endFirst = store.subscribe(() => seen.push(`first ${store.get().state}`));
		store.subscribe(() => seen.push(`second ${store.get().state}`));
		store.set({ phase: "uploading" });
		store.set({ phase: "uploading" });
		endFirst();
		endFirst();
		store.set({ paused: true });
		expect(seen).toEqual(["first uploading", "second uploading", "second paused"]);
	});

	it("keeps two subscriptions of one function apart", () => {
		const { store } = record();
		let calls = 0;
		const listener = (): void => void calls++;
		const end = store.subscribe(listener);
		store.subscribe(listener);
		end();
		store.set({ phase: "uploading" });
		expect(calls).toBe(1);
	});

	it("does not call a listener whose subscription ended in between", () => {
		const queue: (() => void)[] = [];
		const store = createUploadStore(
			(listener) => queue.push(listener),
			() => {},
		);
		let calls = 0;
		const end = store.subscribe(() => calls++);
		store.set({ phase: "uploading" });
		end();
		for (const listener of queue) listener();
		expect(calls).toBe(0);
	});
});

describe("watch", () => {
	const collect = async (store: UploadStore): Promise<number[]> => {
		const seen: number[] = [];
		for await (const { loaded } of store.watch()) seen.push(loaded);
		return seen;
	};

	it("gives a slow watcher the latest, and ends with the upload", async () => {
		const { store } = record();
		const watching = collect(store);
		for (const loaded of [10, 20, 30]) store.set({ progress: { loaded, bytesPerSecond: 0 } });
		await Promise.resolve();
		store.set({ progress: { loaded: 100, bytesPerSecond: 0 } });
		store.set({ phase: "failed", error: lost });
		const seen = await watching;
		expect(seen.at(-1)).toBe(100);
		expect(seen.length).toBeLessThan(4);
	});

	it("gives whoever watches after the end the last progress, once", async () => {
		const { store } = record();
		store.set({ progress: moving });
		store.set({ phase: "done" });
		expect(await collect(store)).toEqual([5]);
	});
});
