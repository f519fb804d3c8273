import { expect } from "vitest";

/** Processor time in microseconds. */
async function processorTime(work: () => unknown): Promise<number> {
	const { user } = process.cpuUsage();
	for (let round = 0; round < 100; round++) await work();
	return process.cpuUsage().user - user;
}

/** Compares with JSON.parse of 64 kB; the best of some rounds, since other programs run beside it. */
export async function expectCheap(work: () => unknown): Promise<void> {
	const usual = JSON.stringify({ list: Array.from({ length: 5000 }, (_, n) => `value ${n}`) });
	const attempt = async (): Promise<void> => {
		try {
			await work();
		} catch {
			// refused
		}
	};
	let least = Number.POSITIVE_INFINITY;
	for (let round = 0; round < 5 && least >= 3; round++) {
		const parsing = await processorTime(() => JSON.parse(usual));
		least = Math.min(least, (await processorTime(attempt)) / parsing);
	}
	expect(least).toBeLessThan(3);
}
