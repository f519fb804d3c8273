import { afterEach, expect, it, vi } from "vitest";
import { load } from "../../src/upload/load-multipart.js";
import { failureOf } from "../fakes/values.js";

afterEach(() => void vi.restoreAllMocks());

it("hands out the code", async () => {
	expect(await load(Promise.resolve({ answer: 42 }))).toEqual({ answer: 42 });
});

it("says to reload a page whose code went away, and gives up on code that never comes", async () => {
	const cause = new TypeError("Failed to fetch dynamically imported module");
	const gone = await failureOf(load(Promise.reject(cause)));
	expect(gone).toMatchObject({ code: "network", retryable: true, cause });
	expect(gone.message).toContain("reload the page");

	const timeout = vi.spyOn(AbortSignal, "timeout");
	timeout.mockReturnValue(AbortSignal.abort(new DOMException("", "TimeoutError")));
	const stalled = await failureOf(load(new Promise(() => {})));
	expect(stalled).toMatchObject({ code: "network", message: gone.message });
	expect(timeout).toHaveBeenCalledWith(30_000);
});
