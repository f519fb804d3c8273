import { afterEach, expect, it, vi } from "vitest";
import { createBrowserPlatform } from "../../src/browser/platform.js";

afterEach(() => {
	vi.unstubAllGlobals();
	vi.useRealTimers();
});

it("runs a task once the page is idle", () => {
	vi.stubGlobal("document", {});
	const idle = vi.fn();
	vi.stubGlobal("requestIdleCallback", idle);
	const task = vi.fn();
	createBrowserPlatform().whenIdle?.(task);
	expect(task).not.toHaveBeenCalled();
	idle.mock.calls[0]?.[0]();
	expect(task).toHaveBeenCalledOnce();
});

it("runs it after two seconds where a browser does not tell that it is idle", () => {
	vi.useFakeTimers();
	vi.stubGlobal("document", {});
	const task = vi.fn();
	createBrowserPlatform().whenIdle?.(task);
	vi.advanceTimersByTime(1_999);
	expect(task).not.toHaveBeenCalled();
	vi.advanceTimersByTime(1);
	expect(task).toHaveBeenCalledOnce();
});

it.each([
	["without a page: in workers, and on servers", () => {}],
	[
		"for a user who saves data",
		() => {
			vi.stubGlobal("document", {});
			vi.stubGlobal("navigator", { connection: { saveData: true } });
		},
	],
	[
		"while there is no network",
		() => {
			vi.stubGlobal("document", {});
			vi.stubGlobal("location", { origin: "http://127.0.0.1:9" });
			vi.stubGlobal("addEventListener", () => {});
			vi.stubGlobal("navigator", { onLine: false });
		},
	],
])("runs no task %s", (_, prepare) => {
	prepare();
	const idle = vi.fn((run: () => void) => run());
	vi.stubGlobal("requestIdleCallback", idle);
	const task = vi.fn();
	createBrowserPlatform().whenIdle?.(task);
	expect(task).not.toHaveBeenCalled();
});
