import { afterEach, expect, it, vi } from "vitest";
import { outage } from "../../src/browser/outage.js";

afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllGlobals();
});

it("there is none in a runtime that is online, or does not know", () => {
	const onLine = vi.spyOn(navigator, "onLine", "get");
	for (const is of [true, undefined]) {
		onLine.mockReturnValue(is as boolean);
		expect(outage()).toBeUndefined();
	}
	vi.stubGlobal("navigator", undefined);
	expect(outage()).toBeUndefined();
});

it("ends at once where the page's own server answers, whatever the browser says", async () => {
	vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
	await outage();
	expect(navigator.onLine).toBe(false);
});

it("is one for all that wait, and ends when the page's own server answers after the browser is online", async () => {
	const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
	// only the event ends the wait
	vi.spyOn(AbortSignal, "timeout").mockReturnValue(new AbortController().signal);
	const look = vi
		.spyOn(globalThis, "fetch")
		.mockRejectedValueOnce(new TypeError())
		.mockRejectedValueOnce(new TypeError())
		.mockResolvedValue(new Response());
	const all = [outage(), outage()];
	await expect.poll(() => look.mock.settledResults.length).toBeGreaterThan(0);
	onLine.mockReturnValue(true);
	dispatchEvent(new Event("online"));
	await Promise.all(all);
	expect(look).toHaveBeenCalledTimes(3);
	expect(outage()).toBeUndefined();
});

it("ends some seconds after the browser is online where the page may not ask its own server", async () => {
	const onLine = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
	const look = vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError());
	vi.useFakeTimers({ toFake: ["setTimeout"] });
	const waiting = outage();
	onLine.mockReturnValue(true);
	await vi.advanceTimersByTimeAsync(10_000);
	vi.useRealTimers();
	await waiting;
	expect(look).toHaveBeenCalledTimes(10);
});
