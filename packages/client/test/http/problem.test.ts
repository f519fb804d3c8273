import { describe, expect, it } from "vitest";
import { isProblem, toUploadError } from "../../src/http/problem.js";

describe("an answer that does not explain itself", () => {
	it.each([
		["NoSuchUpload", 404, "fail", "storage-error"],
		["BadDigest", 400, "retry", "storage-error"],
		[undefined, 413, "fail", "too-large"],
		["SlowDown", 503, "retry", "storage-unavailable"],
		["AccessDenied", 403, "resign", "forbidden"],
		[undefined, 400, "fail", "storage-error"],
	] as const)("means of a storage's %s (%i): %s, %s", (code, status, outcome, name) => {
		const error = toUploadError({ peer: "storage", status, outcome, code });
		expect(error).toMatchObject({ code: name, status, retryable: outcome === "retry" });
		expect(error.message).toContain(`The storage answered ${status}${code ? ` ${code}` : ""}: `);
	});

	it("says what it says itself", () => {
		const answer = { peer: "endpoint", status: 422, outcome: "fail" } as const;
		const errors = [{ detail: "Part 3 is missing.", partNumber: 3 }];
		const problem = {
			code: "invalid-parts",
			detail: "Look at the parts.",
			requestId: "r",
			errors,
			values: { count: 1 },
		} as const;
		expect(toUploadError(answer, problem)).toMatchObject({
			code: "invalid-parts",
			message: "Look at the parts.",
			status: 422,
			retryable: false,
			requestId: "r",
			errors,
			values: { count: 1 },
		});
	});

	it.each([
		["forbidden", true],
		["", false],
		[7, false],
	])("is the endpoint's own only with a code: %j", (code, own) => {
		const headers = { "content-type": "application/problem+json" };
		const response = new Response(null, { status: 404, headers });
		expect(isProblem(response, { code, detail: "Not here." })).toBe(own);
	});
});
