import { expect, test, vi } from "vitest";
import type { HookCall } from "../../src/hooks.js";
import { memoryRateLimit, type RateLimit } from "../../src/limits/rate-limit.js";
import { createBody, serve, silentLog } from "../support/call.js";

const call = (sub: string | null, members: Partial<HookCall> = {}): HookCall => ({
	operation: "create",
	requestId: "1",
	principal: sub === null ? null : { sub },
	...members,
});

/** A limit of three calls a minute, with its clock. */
function threeAMinute(options: Partial<Parameters<typeof memoryRateLimit>[0]> = {}) {
	const clock = { now: 1_000_000 };
	const limit = memoryRateLimit({ limit: 3, window: 60, now: () => clock.now, ...options });
	return { clock, take: (...given: Parameters<typeof call>) => limit.take(call(...given)) };
}

test("a caller may call up to the limit at once, then as often as the window allows", async () => {
	const { clock, take } = threeAMinute();
	for (let i = 0; i < 3; i++) expect(await take("7")).toEqual({ ok: true });
	expect(await take("7")).toEqual({ ok: false, retryAfter: 20 });
	clock.now += 19_000;
	expect(await take("7")).toEqual({ ok: false, retryAfter: 1 });
	clock.now += 1_000;
	expect(await take("7")).toEqual({ ok: true });
	expect(await take("7")).toEqual({ ok: false, retryAfter: 20 });
	clock.now += 600_000;
	for (let i = 0; i < 3; i++) expect(await take("7")).toEqual({ ok: true });
	expect(await take("7")).toMatchObject({ ok: false });
});

test("callers are told apart by issuer and subject, and those without a principal count as one", async () => {
	const { take } = threeAMinute({ limit: 1 });
	expect(await take("7")).toEqual({ ok: true });
	expect(await take("7", { principal: { sub: "7", iss: "b" } })).toEqual({ ok: true });
	expect(await take("8")).toEqual({ ok: true });
	expect(await take(null)).toEqual({ ok: true });
	expect(await take(null)).toMatchObject({ ok: false });
	expect(await take("7", { operation: "sign" })).toMatchObject({ ok: false });
	expect(await take("7", { operation: "parts" })).toEqual({ ok: true });
});

test("by names whom a call counts for, or that it is not limited", async () => {
	const { take } = threeAMinute({ limit: 1, by: ({ operation }) => operation });
	expect(await take("7")).toEqual({ ok: true });
	expect(await take("8")).toMatchObject({ ok: false });
	const none = threeAMinute({ limit: 1, by: () => undefined });
	for (let i = 0; i < 3; i++) expect(await none.take("7")).toEqual({ ok: true });
});

test("of 100 calls at once the limit passes", async () => {
	for (const limit of [1, 7, 60]) {
		const { take } = threeAMinute({ limit });
		const answers = await Promise.all(Array.from({ length: 100 }, () => take("7")));
		expect(answers.filter(({ ok }) => ok)).toHaveLength(limit);
	}
});

test("the caller that has been idle longest is forgotten beyond 100,000", async () => {
	const { take } = threeAMinute({ limit: 1 });
	for (let i = 0; i < 100_001; i++) await take(`${i}`);
	expect(await take("1")).toMatchObject({ ok: false });
	expect(await take("0")).toEqual({ ok: true });
});

test.each([
	[{ limit: 1, window: 1, key: () => "a" }, 'Unknown option "key". Known are: limit, window, by.'],
	[{ limit: 0, window: 1 }, "limit must be a whole number of calls, at least 1, not 0."],
	[{ limit: 1.5, window: 1 }, "limit must be a whole number of calls, at least 1, not 1.5."],
	[{ limit: 1, window: 0 }, "window must be seconds, more than 0 and at most 86400, not 0."],
	[
		{ limit: 1, window: Number.NaN },
		"window must be seconds, more than 0 and at most 86400, not NaN.",
	],
])("the options %j are refused", (options, message) => {
	expect(() => memoryRateLimit(options)).toThrow(new TypeError(message));
});

test("a call beyond the limit is refused with 429 and Retry-After before authorize, and audited", async () => {
	const audit = vi.fn();
	const before = vi.fn();
	const server = serve({
		rateLimit: memoryRateLimit({ limit: 1, window: 60 }),
		hooks: { before },
		audit,
		log: silentLog(),
	});
	expect((await server.post("", createBody("files/a", 5), "7")).status).toBe(201);
	const { status, headers, body } = await server.post("", createBody("avatars/8/a", 5), "7");
	expect({ status, code: body.code, wait: headers["retry-after"] }).toEqual({
		status: 429,
		code: "rate-limited",
		wait: "60",
	});
	expect(before).toHaveBeenCalledTimes(1);
	expect(audit).toHaveBeenLastCalledWith(
		expect.objectContaining({ type: "refused", code: "rate-limited", key: "avatars/8/a" }),
	);
});

test.each([
	["throws", async () => Promise.reject(new Error("the table is gone")), 500, "internal"],
	["answers nothing", async () => undefined, 429, "rate-limited"],
	["refuses without a time", async () => ({ ok: false }), 429, "rate-limited"],
	["answers something truthy", async () => ({ ok: "yes" }), 429, "rate-limited"],
])("a limit that %s refuses the call", async (_what, take, status, code) => {
	const log = silentLog();
	const server = serve({ rateLimit: { take } as unknown as RateLimit, log });
	const answer = await server.get("key=files/a");
	expect(answer).toMatchObject({ status, body: { code } });
	expect(server.provider.calls).toEqual([]);
	expect(log.lines).toEqual([expect.objectContaining({ status, code })]);
	if (status === 429) expect(answer.headers["retry-after"]).toBe("1");
});

test.each([
	[0, "1"],
	[Number.NaN, "1"],
	[1.2, "2"],
	[1e300, "86400"],
	[Number.POSITIVE_INFINITY, "86400"],
])("a limit that asks for %d seconds is told as %s", async (retryAfter, header) => {
	const rateLimit = { take: async () => ({ ok: false, retryAfter }) as const };
	const server = serve({ rateLimit, log: silentLog() });
	const { status, headers } = await server.post("", createBody("files/a", 5));
	expect({ status, wait: headers["retry-after"] }).toEqual({ status: 429, wait: header });
});
