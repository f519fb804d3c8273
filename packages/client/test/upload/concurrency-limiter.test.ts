import { describe, expect, it } from "vitest";
import {
	type ConcurrencyLimiter,
	createConcurrencyLimiter,
	createSlot,
} from "../../src/upload/concurrency-limiter.js";
import { createSemaphore } from "../../src/upload/semaphore.js";
import { createNetworkLine, type LineOptions, type SimulatedLine } from "../fakes/network-line.js";

const mebibyte = 2 ** 20;
const parts = (count: number, mebibytes: number): readonly number[] =>
	Array(count).fill(mebibytes * mebibyte);
/** What a client without adaptation would do. */
const fixed = (limit: number): ConcurrencyLimiter => ({
	acquire: createSemaphore(() => limit).acquire,
	sent() {},
	throttled() {},
	raise() {},
});

async function adapt(
	options: LineOptions,
	sizes: readonly number[],
	most = 16,
): Promise<SimulatedLine & { readonly seconds: number }> {
	const line = createNetworkLine(options);
	const seconds = await line.send(createConcurrencyLimiter(most, line.now), sizes);
	return { ...line, seconds };
}
const withFixed = async (limit: number, options: LineOptions, sizes: readonly number[]) =>
	await createNetworkLine(options).send(fixed(limit), sizes);

describe("a concurrency limiter over a line of 20 MB/s per connection and 50 ms", () => {
	it("starts with four, and reaches the ceiling within a few windows", async () => {
		const sizes = parts(128, 8);
		const { seconds, firstAt } = await adapt({}, sizes);
		expect(firstAt(5)).toBeGreaterThan(200);
		expect(firstAt(16)).toBeLessThan(1_500);
		expect(seconds).toBeLessThan(1.25 * (await withFixed(16, {}, sizes)));
		expect(seconds).toBeLessThan(0.35 * (await withFixed(4, {}, sizes)));
	});

	it("never exceeds the ceiling, however low", async () => {
		for (const most of [1, 3, 6]) {
			expect((await adapt({}, parts(64, 8), most)).mostAtOnce()).toBe(most);
		}
	});

	it("grows for a wave of small files too", async () => {
		const sizes = Array(1_000).fill(50_000);
		const { seconds } = await adapt({}, sizes);
		expect(seconds).toBeLessThan(1.25 * (await withFixed(16, {}, sizes)));
	});
});

describe("a concurrency limiter over slow lines", () => {
	it("measures what has left, long before a part of 16 MiB is stored", async () => {
		const { firstAt } = await adapt({ perConnection: 1e6 }, parts(64, 16));
		// the first part is stored after 17 s
		expect(firstAt(8)).toBeLessThan(8_000);
	});

	it.each([1e6, 10e6])(
		"does not grow to the top for nothing when %d B/s are all there is",
		async (total) => {
			const { seconds, mostAtOnce } = await adapt({ total, noise: 0.5 }, parts(48, 16));
			expect(mostAtOnce()).toBeLessThanOrEqual(9);
			expect(seconds).toBeLessThan(((48 * 16 * mebibyte) / total) * 1.02);
		},
	);
});

describe("a concurrency limiter before a storage that takes three requests at once", () => {
	const three: LineOptions = { accepts: () => 3 };

	it("takes nearly the shortest time, with few refusals", async () => {
		const sizes = parts(96, 8);
		const { seconds, rejected } = await adapt(three, sizes);
		expect(seconds).toBeLessThan(1.1 * (await withFixed(3, three, sizes)));
		expect(rejected()).toBeLessThan(10);
		const stubborn = createNetworkLine(three);
		await stubborn.send(fixed(6), sizes);
		expect(rejected()).toBeLessThan(stubborn.rejected() / 2);
	});

	it("goes down to one where it takes no more, and on from there", async () => {
		const { rejected, mostAtOnce, firstAt } = await adapt(
			{ accepts: (time) => (time < 8_000 ? 1 : 16) },
			parts(300, 8),
		);
		expect(rejected()).toBeLessThan(25);
		expect(mostAtOnce()).toBe(16);
		expect(firstAt(16)).toBeLessThan(40_000);
	});

	it("reaches the top again soon after it takes more", async () => {
		const { firstAt, rejected } = await adapt(
			{ accepts: (time) => (time < 5_000 ? 3 : 100) },
			parts(400, 8),
		);
		expect(firstAt(16)).toBeLessThan(20_000);
		expect(rejected()).toBeLessThan(10);
	});
});

describe("a concurrency limiter that was throttled", () => {
	it.each([
		{ perConnection: 20e6, throttles: 1, quiet: 11_000 },
		{ perConnection: 20e6, throttles: 4, quiet: 11_000 },
		{ perConnection: 0.5e6, throttles: 1, quiet: 0 },
		{ perConnection: 0.5e6, throttles: 4, quiet: 0 },
	])(
		"grows again, also after a pause or on a slow line: %o",
		async ({ perConnection, throttles, quiet }) => {
			const line = createNetworkLine({ perConnection });
			let passed = 0;
			const limiter = createConcurrencyLimiter(16, () => line.now() + passed);
			await line.send(limiter, parts(120, 16));
			for (let i = 0; i < throttles; i++) {
				passed += 2_100;
				limiter.throttled();
			}
			passed += quiet;
			const from = line.now();
			const seconds = await line.send(limiter, parts(200, 16));
			expect(line.mostAtOnce(from + 500 * seconds)).toBe(16);
		},
	);
});

describe("a storage of several host names", () => {
	const raised = (most: number, line: SimulatedLine): ConcurrencyLimiter => {
		const limiter = createConcurrencyLimiter(most, line.now);
		limiter.raise(6, 12);
		return limiter;
	};

	it("gets the connections of all of them from the start, unless the caller wants fewer", async () => {
		const line = createNetworkLine({ perConnection: 3e6 });
		const seconds = await line.send(raised(6, line), parts(64, 16));
		expect(line.firstAt(12)).toBeLessThan(100);
		// six rounds of twelve parts instead of eleven of six
		expect(seconds * 1.8).toBeLessThan(await withFixed(6, { perConnection: 3e6 }, parts(64, 16)));
		const few = createNetworkLine({ perConnection: 3e6 });
		await few.send(raised(3, few), parts(12, 16));
		expect(few.mostAtOnce()).toBe(3);
	});

	it("gets fewer again on a slow line", async () => {
		const slow = createNetworkLine({ total: 1e6 });
		await slow.send(raised(6, slow), parts(40, 16));
		expect(slow.mostAtOnce()).toBe(12);
		// the first twelve share the line for three minutes
		expect(slow.mostAtOnce(220_000)).toBeLessThanOrEqual(9);
	});

	it("gets all bodies that one name may have from the start", async () => {
		const line = createNetworkLine({ perConnection: 2e6 });
		await line.send(createConcurrencyLimiter(6, line.now), parts(6, 16));
		expect(line.firstAt(6)).toBeLessThan(100);
	});

	it("gets no more bodies at one name than that may have", async () => {
		const { signal } = new AbortController();
		const limiter = createConcurrencyLimiter(12);
		const gate = { closed: false, pass: async () => {}, close() {}, open() {} };
		const first = createSemaphore(() => 2);
		const second = createSemaphore(() => 2);
		let left = first;
		const acquired: string[] = [];
		const take = (name: string, host: () => typeof first) => {
			const slot = createSlot({ gate, signal, client: { limiter }, settings: {} }, 1, host);
			return { slot, taken: slot.acquire().then(() => void acquired.push(name)) };
		};
		const a = take("a", () => first);
		const b = take("b", () => left);
		await Promise.all([a.taken, b.taken]);
		const waiting = take("c", () => first);
		await take("d", () => second).taken;
		expect(acquired).toEqual(["a", "b", "d"]);
		// its name was left: the slot moves, and the next one gets its place
		left = second;
		await b.slot.acquire();
		await waiting.taken;
		expect(acquired).toEqual(["a", "b", "d", "c"]);
	});
});

describe("a concurrency limiter that is throttled", () => {
	const never = new AbortController().signal;
	/** How many get in. */
	const room = async (limiter: ConcurrencyLimiter): Promise<number> => {
		let inside = 0;
		for (let i = 0; i < 20; i++) void limiter.acquire(never).then(() => inside++);
		await new Promise((resolve) => setTimeout(resolve));
		return inside;
	};

	it("halves once for all answers of two seconds, and never below one", async () => {
		const left = async (...times: number[]): Promise<number> => {
			let time = 0;
			const limiter = createConcurrencyLimiter(16, () => time);
			for (time of times) limiter.throttled();
			return await room(limiter);
		};
		expect(await left()).toBe(4);
		expect(await left(0, 1, 500, 1_999)).toBe(2);
		expect(await left(0, 2_000)).toBe(1);
		expect(await left(0, 2_000, 4_000, 6_000)).toBe(1);
	});
});
