import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { type CompletionStore, memoryCompletions } from "../src/completions.js";

let store: CompletionStore;
beforeEach(() => {
	vi.useFakeTimers();
	onTestFinished(() => void vi.useRealTimers());
	store = memoryCompletions();
});

test("one caller holds the lease until it is released or its time is over", async () => {
	expect(await store.begin("a", 60)).toBe("mine");
	expect(await store.begin("a", 60)).toBe("running");
	expect(await store.begin("b", 60)).toBe("mine");
	await store.release("a");
	expect(await store.begin("a", 60)).toBe("mine");
	vi.advanceTimersByTime(59_999);
	expect(await store.begin("a", 60)).toBe("running");
	vi.advanceTimersByTime(1);
	expect(await store.begin("a", 60)).toBe("mine");
});

test.each([60, -60])("a clock that is set by %i minutes changes no lease", async (minutes) => {
	await store.begin("a", 60);
	vi.setSystemTime(Date.now() + minutes * 60_000);
	expect(await store.begin("a", 60)).toBe("running");
	vi.advanceTimersByTime(60_000);
	expect(await store.begin("a", 60)).toBe("mine");
});

test("renewing extends a lease from now, and brings back none that was released", async () => {
	await store.begin("a", 60);
	vi.advanceTimersByTime(50_000);
	await store.renew?.("a", 60);
	vi.advanceTimersByTime(50_000);
	expect(await store.begin("a", 60)).toBe("running");
	await store.release("a");
	await store.renew?.("a", 60);
	expect(await store.begin("a", 60)).toBe("mine");
});

test("the first result stands, whatever comes after it", async () => {
	const data = { id: 1 };
	await store.begin("a", 60);
	expect(await store.finish("a", { data })).toEqual({ data: { id: 1 } });
	data.id = 2;
	expect(await store.finish("a", { rejected: "late" })).toEqual({ data: { id: 1 } });
	await store.release("a");
	await store.renew?.("a", 60);
	vi.advanceTimersByTime(1e9);
	expect(await store.begin("a", 60)).toEqual({ data: { id: 1 } });
});

test("the oldest of more than 10,000 results is forgotten", async () => {
	for (let i = 0; i <= 10_000; i++) await store.finish(`${i}`, {});
	expect(await store.begin("0", 60)).toBe("mine");
	expect(await store.begin("1", 60)).toEqual({});
});
