import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SpeedLimit, UploadPriority } from "../../src/options.js";
import { createThrottle, openThrottle, type Throttle } from "../../src/upload/throttle.js";

const never = new AbortController().signal;
const kilobyte = 1_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const pass = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);

describe("a throttle of bytes", () => {
	/** Sends bodies without an end at once. */
	const sendBodies = (count: number, limit: SpeedLimit) => {
		const throttle = createThrottle(limit, true);
		const ended = new AbortController();
		const sent = Array<number>(count).fill(0);
		const waited = Array<number>(count).fill(0);
		const writing = sent.map(async (_, body) => {
			const onWait = (milliseconds: number): void => {
				waited[body] = (waited[body] ?? 0) + milliseconds;
			};
			while (!ended.signal.aborted) {
				sent[body] = (sent[body] ?? 0) + (await throttle.pace(64 * kilobyte, ended.signal, onWait));
			}
		});
		const end = async (): Promise<void> => {
			ended.abort();
			await Promise.allSettled(writing);
		};
		return { throttle, sent, waited, total: () => sent.reduce((sum, bytes) => sum + bytes), end };
	};

	it.each([1, 6, 16])(
		"lets through as many as the limit says, by %d bodies in turn",
		async (count) => {
			const { sent, total, end } = sendBodies(count, 1_000 * kilobyte);
			await pass(20_000);
			await end();
			// a chunk, and what a late timer may make up for
			expect(total()).toBeGreaterThan(20_000 * kilobyte * 0.99);
			expect(total()).toBeLessThan(20_000 * kilobyte + 400 * kilobyte);
			expect(Math.max(...sent) - Math.min(...sent)).toBeLessThanOrEqual(64 * kilobyte);
		},
	);

	it("lets each of sixteen bodies move every few seconds at the lowest limit", async () => {
		const { sent, end } = sendBodies(16, 1_000);
		await pass(4_500);
		await end();
		expect(Math.min(...sent)).toBeGreaterThan(0);
	});

	it("follows a limit that changes while bytes wait", async () => {
		let limit: number | undefined = 1_000;
		const { total, end } = sendBodies(4, () => limit);
		await pass(10_000);
		expect(total()).toBeLessThan(12_000);
		limit = 1_000 * kilobyte;
		await pass(10_000);
		await end();
		expect(total()).toBeGreaterThan(9_000 * kilobyte);
		expect(total()).toBeLessThan(10_500 * kilobyte);
	});

	it("lets bytes move within a second after the limit fell far", async () => {
		let limit = 1_000 * kilobyte;
		const { total, end } = sendBodies(1, () => limit);
		await pass(5_000);
		limit = 1_000;
		await pass(1);
		const before = total();
		await pass(1_000);
		await end();
		expect(total()).toBeGreaterThan(before);
		expect(total()).toBeLessThan(before + 1_500);
	});

	it.each([undefined, Number.POSITIVE_INFINITY])(
		"holds nothing back with a limit of %s",
		async (limit) => {
			const throttle = createThrottle(() => limit, true);
			for (let chunk = 0; chunk < 100; chunk++) {
				expect(await throttle.pace(64 * kilobyte, never, () => {})).toBe(64 * kilobyte);
			}
			expect(vi.getTimerCount()).toBe(0);
		},
	);

	it.each([0, -1, Number.NaN, "fast" as unknown as number])(
		"goes on slowly where a function returns %s",
		async (limit) => {
			const { total, end } = sendBodies(1, () => limit);
			await pass(10_000);
			await end();
			expect(total()).toBeGreaterThan(9_000);
			expect(total()).toBeLessThan(11_000);
		},
	);

	it("tells all of the time that a body waits, at least each quarter of a second", async () => {
		const throttle = createThrottle(1_000, true);
		await throttle.pace(1_000, never, () => {});
		const reports: number[] = [];
		const waiting = [0, 1, 2, 3, 4, 5].map((body) =>
			throttle.pace(1_000, never, (milliseconds) => {
				if (body === 5) reports.push(milliseconds);
			}),
		);
		await pass(2_000);
		await Promise.all(waiting);
		expect(Math.max(...reports)).toBeLessThanOrEqual(250);
		expect(reports.reduce((sum, milliseconds) => sum + milliseconds)).toBe(1_500);
	});

	it("lets the next body through when the waiting one is aborted, and keeps no timer", async () => {
		const throttle = createThrottle(1_000, true);
		await throttle.pace(250, never, () => {});
		const controller = new AbortController();
		const aborted = throttle.pace(250, controller.signal, () => {});
		const next = throttle.pace(250, never, () => {});
		controller.abort("enough");
		await expect(aborted).rejects.toBe("enough");
		await pass(250);
		expect(await next).toBe(250);
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe("a throttle of whole bodies", () => {
	const megabyte = 1_000 * kilobyte;
	/** The names of the bodies, as they begin. */
	const begun: string[] = [];
	beforeEach(() => void begun.splice(0));
	const begin = async (throttle: Throttle, name: string, priority?: UploadPriority) => {
		const turn = await throttle.begin(megabyte, never, priority);
		begun.push(name);
		return turn;
	};

	it("lets a body begin when the bytes of the earlier ones fit below the limit", async () => {
		const throttle = createThrottle(100 * kilobyte, false);
		for (const name of "abc") void begin(throttle, name);
		await pass(0);
		expect(begun.join("")).toBe("a");
		await pass(9_900);
		expect(begun.join("")).toBe("a");
		await pass(200);
		expect(begun.join("")).toBe("ab");
		await pass(10_000);
		expect(begun.join("")).toBe("abc");
	});

	it("lets a body of higher priority begin first", async () => {
		const throttle = createThrottle(100 * kilobyte, false);
		for (const name of "ab") void begin(throttle, name, "low");
		void begin(throttle, "c", "low");
		void begin(throttle, "d", "high");
		await pass(30_500);
		expect(begun.join("")).toBe("adbc");
	});

	it("leaves what an aborted body did not send to the next one, and counts what was sent twice", async () => {
		const throttle = createThrottle(100 * kilobyte, false);
		const aborted = await begin(throttle, "a");
		aborted?.sent(0);
		aborted?.sent(200 * kilobyte);
		aborted?.end();
		void begin(throttle, "b").then((turn) => {
			turn?.sent(500 * kilobyte);
			turn?.sent(0);
			turn?.sent(megabyte);
			turn?.end();
		});
		void begin(throttle, "c");
		await pass(2_200);
		expect(begun.join("")).toBe("ab");
		await pass(14_500);
		expect(begun.join("")).toBe("ab");
		await pass(800);
		expect(begun.join("")).toBe("abc");
	});

	it("does not count what began without a limit, once there is one", async () => {
		let limit: number | undefined;
		const throttle = createThrottle(() => limit, false);
		const unlimited = await begin(throttle, "a");
		limit = 100 * kilobyte;
		const next = await Promise.race([begin(throttle, "b"), pass(1)]);
		expect(begun.join("")).toBe("ab");
		// nor does its end leave anything to others
		unlimited?.end();
		(next as typeof unlimited)?.sent(megabyte);
		void begin(throttle, "c");
		await pass(9_800);
		expect(begun.join("")).toBe("ab");
		await pass(400);
		expect(begun.join("")).toBe("abc");
	});

	it("holds no body back where the runtime paces their bytes", async () => {
		const throttle = createThrottle(1_000, true);
		for (const name of "abc") void begin(throttle, name);
		await pass(0);
		expect(begun.join("")).toBe("abc");
	});
});

it("is shared by the uploads of a client, with the latest limit", () => {
	const client = {};
	const open = (maxBytesPerSecond: SpeedLimit): Throttle =>
		openThrottle({ platform: {}, client, settings: { maxBytesPerSecond } });
	const first = open(5_000);
	expect(open(8_000)).toBe(first);
	expect(first.limit).toBe(8_000);
});
