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
		expect(await explain(code, endpoint, reachability)).not.toBe("offline");
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

const isNetwork = (message: string): unknown => [
	"retry",
	expect.objectContaining({ code: "network", message: expect.stringContaining(message) }),
];

it.each([
	[endpoint, "https://api.test cannot be resolved. Check `endpoint`."],
	[storage, "https://storage.test cannot be resolved. Check the provider's bucket"],
])("names a host that cannot be resolved, and goes on: %o", async (target, message) => {
	expect(await explain("ENOTFOUND", target)).toEqual(isNetwork(message));
});

it.each([
	["ECONNREFUSED", "Nothing listens at api.test:443 (ECONNREFUSED). Start the server"],
	["ECONNRESET", "The endpoint at api.test:443 cannot be reached (ECONNRESET)"],
	["ETIMEDOUT", "cannot be reached (ETIMEDOUT)"],
	["EPIPE", "cannot be reached (EPIPE)"],
	["CERT_HAS_EXPIRED", "The TLS connection to api.test:443 failed (CERT_HAS_EXPIRED)"],
	["EPROTO", "whether `endpoint` should begin with http:"],
])("tells %s with host and port", async (code, message) => {
	expect(await explain(code)).toEqual(isNetwork(message));
});

it("names the body limit of a proxy where the connection breaks while a body is sent", async () => {
	expect(await explain("ECONNRESET", { ...storage, partiallySent: true })).toEqual(
		isNetwork("storage.test:443 broke while the body was sent (ECONNRESET)"),
	);
});

it("is offline only when every address failed so", async () => {
	const { explain } = createReachability();
	const both = (...codes: string[]): TypeError =>
		lost(Object.assign(new AggregateError(codes.map(system)), { code: codes[0] }));
	expect(await explain(both("ENETUNREACH", "ENETUNREACH"), endpoint, signal)).toBe("offline");
	expect(await explain(both("ENETUNREACH", "ECONNREFUSED"), endpoint, signal)).toEqual(
		isNetwork("(ENETUNREACH)"),
	);
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
