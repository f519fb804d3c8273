import { networkInterfaces } from "node:os";
import { beforeEach, expect, it, vi } from "vitest";
import { createReachability } from "../../src/node/reachability.js";
import type { Reachability, Target } from "../../src/platform.js";

vi.mock("node:os", () => ({ networkInterfaces: vi.fn() }));

const endpoint: Target = { peer: "endpoint", origin: "https://api.test" };
const storage: Target = { peer: "storage", origin: "https://storage.test" };
const { signal } = new AbortController();

const connected = (is: boolean): void =>
	void vi.mocked(networkInterfaces).mockReturnValue({
		lo: [{ internal: true }],
		eth0: is ? [{ internal: false }] : undefined,
	} as unknown as ReturnType<typeof networkInterfaces>);

beforeEach(() => connected(true));

const system = (code: string): Error => Object.assign(new Error(code), { code });
const lost = (cause?: unknown): TypeError => new TypeError("fetch failed", { cause });
const explain = (
	code: string,
	target: Target = endpoint,
	reachability: Reachability = createReachability(),
): Promise<unknown> => reachability.explain(lost(system(code)), target, signal);

it.each(["ENETUNREACH", "ENETDOWN", "EAI_AGAIN"])(
	"calls %s offline, from the start",
	async (code) => {
		expect(await explain(code)).toBe("offline");
	},
);

it.each(["ENOTFOUND", "EHOSTUNREACH"])(
	"calls %s offline once the host has answered",
	async (code) => {
		const reachability = createReachability();
		expect(await explain(code, endpoint, reachability)).toBeUndefined();
		reachability.answered(endpoint.origin);
		for (let i = 0; i < 5; i++) expect(await explain(code, endpoint, reachability)).toBe("offline");
	},
);

it.each(["ENOTFOUND", "EHOSTUNREACH"])(
	"calls %s offline on a machine without any connection",
	async (code) => {
		connected(false);
		expect(await explain(code)).toBe("offline");
	},
);

it("names a host that cannot be resolved after three attempts", async () => {
	const reachability = createReachability();
	for (const [target, advice] of [
		[endpoint, "https://api.test cannot be resolved. Check `endpoint`."],
		[storage, "https://storage.test cannot be resolved. Check the provider's bucket"],
	] as const) {
		expect(await explain("ENOTFOUND", target, reachability)).toBeUndefined();
		expect(await explain("ENOTFOUND", target, reachability)).toBeUndefined();
		const insight = await reachability.explain(lost(system("ENOTFOUND")), target, signal);
		const [outcome, error] = typeof insight === "object" ? insight : [insight];
		expect(outcome).toBe("fail");
		expect(error).toMatchObject({
			code: "network",
			message: expect.stringContaining(advice),
		});
	}
});

it.each(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE"])(
	"leaves %s to the retries",
	async (code) => {
		expect(await explain(code)).toBeUndefined();
	},
);

it("is offline only when every address failed so", async () => {
	const { explain } = createReachability();
	const both = (...codes: string[]): TypeError =>
		lost(Object.assign(new AggregateError(codes.map(system)), { code: codes[0] }));
	expect(await explain(both("ENETUNREACH", "ENETUNREACH"), endpoint, signal)).toBe("offline");
	expect(await explain(both("ENETUNREACH", "ECONNREFUSED"), endpoint, signal)).toBeUndefined();
});

it.each([lost(), lost("gone"), new Error("stalled"), undefined])(
	"does not explain %s",
	async (error) => {
		expect(await createReachability().explain(error, endpoint, signal)).toBeUndefined();
	},
);

it("waits a quarter of an hour in all, in steps that an abort ends", async () => {
	vi.useFakeTimers();
	const { reconnect, maxReconnectWaits } = createReachability();
	let over = false;
	const waiting = reconnect(signal).then(() => {
		over = true;
	});
	const step = (15 * 60_000) / maxReconnectWaits;
	await vi.advanceTimersByTimeAsync(step - 1);
	expect(over).toBe(false);
	await vi.advanceTimersByTimeAsync(1);
	await waiting;
	vi.useRealTimers();
	await expect(reconnect(AbortSignal.abort("enough"))).rejects.toBe("enough");
});
