import { afterEach, describe, expect, it, vi } from "vitest";
import { describe as describeAnswer } from "../src/http/problem.js";

afterEach(() => void vi.doUnmock("../src/http/advice.js"));

describe("an answer that does not explain itself", () => {
	it.each([
		["NoSuchUpload", 404, "fail", "upload-not-found"],
		["BadDigest", 400, "retry", "checksum-mismatch"],
		["XAmzContentChecksumMismatch", 400, "retry", "checksum-mismatch"],
		["EntityTooLarge", 400, "fail", "too-large"],
		[undefined, 413, "fail", "too-large"],
		["SlowDown", 503, "retry", "storage-unavailable"],
		["AccessDenied", 403, "resign", "forbidden"],
		[undefined, 400, "fail", "storage-error"],
	] as const)("means of a storage's %s (%i): %s, %s", async (code, status, outcome, name) => {
		const error = await describeAnswer({ peer: "storage", status, outcome, code });
		expect(error).toMatchObject({ code: name, status, retryable: outcome === "retry" });
		expect(error.message).toContain(`The storage answered ${status}${code ? ` ${code}` : ""}: `);
	});

	it("keeps its numbers and whether to retry where the words for it cannot be loaded", async () => {
		vi.doMock("../src/http/advice.js", () => {
			throw new Error("gone");
		});
		const answer = { peer: "storage", status: 503, outcome: "retry", code: "SlowDown" } as const;
		const error = await describeAnswer(answer);
		expect(error).toMatchObject({ code: "internal", status: 503, retryable: true });
		expect(error.message).toBe("The storage answered 503 SlowDown: try again later.");
	});

	it("says what it says itself, whatever can be loaded", async () => {
		const answer = { peer: "endpoint", status: 422, outcome: "fail" } as const;
		const errors = [{ detail: "Part 3 is missing.", partNumber: 3 }];
		const problem = {
			code: "invalid-parts",
			detail: "Look at the parts.",
			requestId: "r",
			errors,
		} as const;
		expect(await describeAnswer(answer, problem)).toMatchObject({
			code: "invalid-parts",
			message: "Look at the parts.",
			status: 422,
			retryable: false,
			requestId: "r",
			errors,
		});
	});
});
