import { describe, expect, it } from "vitest";
import { errorCodes } from "#protocol";
import {
	backoff,
	classifyResponse,
	createRetryBudget,
	readRetryAfter,
} from "../../src/http/retry.js";

describe("classifyResponse", () => {
	it.each([
		[408, undefined, "retry"],
		[429, undefined, "retry"],
		[500, undefined, "retry"],
		[502, undefined, "retry"],
		[503, "SlowDown", "retry"],
		[504, undefined, "retry"],
		[400, "RequestTimeout", "fail"],
		[403, "AccessDenied", "resign"],
		[403, undefined, "resign"],
		[412, "PreconditionFailed", "exists"],
		[412, undefined, "ask"],
		[400, "InvalidRequest", "fail"],
		[404, "NoSuchUpload", "fail"],
		[409, "InvalidBucketState", "fail"],
		// of a proxy
		[400, undefined, "ask"],
		[401, undefined, "ask"],
		[404, undefined, "ask"],
		[405, undefined, "ask"],
		[407, undefined, "fail"],
		[409, undefined, "ask"],
		[411, undefined, "ask"],
		[413, undefined, "ask"],
		[451, undefined, "ask"],
		[411, "MissingContentLength", "fail"],
		[301, "PermanentRedirect", "fail"],
		[501, "NotImplemented", "fail"],
	] as const)("reads %i %s as %s", (status, code, outcome) => {
		expect(classifyResponse(status, code)).toBe(outcome);
	});

	it("reads the plan's outcomes first: of status and code, then of the status", () => {
		expect(classifyResponse(409, undefined, { 409: "retry" })).toBe("retry");
		expect(classifyResponse(503, "SlowDown", { 503: "ask" })).toBe("ask");
		expect(classifyResponse(412, undefined, { 412: "resign" })).toBe("resign");
		expect(classifyResponse(412, "PreconditionFailed", { 412: "exists" })).toBe("exists");
		expect(classifyResponse(412, undefined, { 412: "exists" })).toBe("ask");
		expect(classifyResponse(412, undefined, { 412: "fail" })).toBe("ask");
		expect(classifyResponse(412, "ConditionNotMet", { 412: "fail" })).toBe("fail");
		const outcomes = { 400: "fail", "400 Md5Mismatch": "retry" } as const;
		expect(classifyResponse(400, "Md5Mismatch", outcomes)).toBe("retry");
		expect(classifyResponse(400, "Other", outcomes)).toBe("fail");
		expect(classifyResponse(403, "Md5Mismatch", outcomes)).toBe("resign");
	});

	it("agrees with the contract on which of the endpoint's errors may be retried", () => {
		for (const { status, retryable } of Object.values(errorCodes)) {
			expect([status, classifyResponse(status) === "retry"]).toEqual([status, retryable]);
		}
	});
});

describe("readRetryAfter", () => {
	const now = Date.parse("2030-01-01T00:00:00Z");
	const answer = (retryAfter: string | null, date?: string): Headers =>
		new Headers({
			...(retryAfter === null ? {} : { "retry-after": retryAfter }),
			...(date ? { date } : {}),
		});

	it.each([
		["0", 0],
		["7", 7_000],
		["86400", 60_000],
		["Tue, 01 Jan 2030 00:00:05 GMT", 5_000],
		["Mon, 31 Dec 2029 00:00:00 GMT", 0],
		["Tue, 01 Jan 2031 00:00:00 GMT", 60_000],
		["soon", undefined],
		["", undefined],
		["1e3", undefined],
		[null, undefined],
	])("reads %j as %j ms", (header, milliseconds) => {
		expect(readRetryAfter(answer(header), now)).toBe(milliseconds);
	});

	it("reads a date by the clock of whoever wrote it, if that is known", () => {
		const until = "Tue, 01 Jan 2030 12:00:05 GMT";
		expect(readRetryAfter(answer(until, "Tue, 01 Jan 2030 12:00:00 GMT"), now)).toBe(5_000);
		expect(readRetryAfter(answer(until, "noon"), now)).toBe(60_000);
		expect(readRetryAfter(answer("7", "Tue, 01 Jan 2030 12:00:00 GMT"), now)).toBe(7_000);
	});
});

describe("backoff", () => {
	it("doubles its ceiling up to 20 s and jitters over all of it", () => {
		const ceilings = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((failures) => backoff(failures, () => 1));
		expect(ceilings).toEqual([300, 600, 1200, 2400, 4800, 9600, 19200, 20000, 20000]);
		expect(backoff(5, () => 0)).toBe(0);
		expect(backoff(2, () => 0.5)).toBe(300);
	});
});

describe("createRetryBudget", () => {
	const limits = { limit: 2, networkLimit: 3 };

	it("keeps one budget for answers and another for lost connections", () => {
		const spend = createRetryBudget(limits);
		const kinds = ["limit", "networkLimit", "limit", "networkLimit", "networkLimit"] as const;
		for (const kind of kinds) expect(spend(kind)).toBeTypeOf("number");
		expect(spend("limit")).toBeUndefined();
		expect(spend("networkLimit")).toBeUndefined();
	});

	it("is full again after progress, and only then", () => {
		let progress = 0;
		const spend = createRetryBudget(limits, () => progress);
		spend("limit");
		spend("limit");
		progress++;
		expect(spend("limit")).toBeTypeOf("number");
		expect(spend("limit")).toBeTypeOf("number");
		expect(spend("limit")).toBeUndefined();
	});

	it("gives nothing at a limit of 0", () => {
		const spend = createRetryBudget({ limit: 0, networkLimit: 0 });
		expect(spend("limit")).toBeUndefined();
		expect(spend("networkLimit")).toBeUndefined();
	});

	it("waits at least as long as the answer asked", () => {
		const spend = createRetryBudget(limits, undefined, () => 0.5);
		expect(spend("limit", 5_000)).toBe(5_000);
		expect(spend("limit", 0)).toBe(300);
	});
});
