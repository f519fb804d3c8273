import { describe, expect, it, vi } from "vitest";
import type { Progress } from "../../src/options.js";
import { createProgressMeter, type ProgressMeter } from "../../src/upload/progress.js";

interface Recorder {
	readonly meter: ProgressMeter;
	readonly reports: Progress[];
	/** Lets milliseconds pass. */
	readonly pass: (milliseconds: number) => void;
}

function record(): Recorder {
	let time = 0;
	const reports: Progress[] = [];
	const meter = createProgressMeter(
		(progress) => void reports.push(progress),
		() => time,
	);
	return {
		meter,
		reports,
		pass: (milliseconds) => {
			time += milliseconds;
		},
	};
}

describe("createProgressMeter", () => {
	it("sums what all bodies have sent", () => {
		const { meter, reports, pass } = record();
		meter.begin(300);
		const [a, b] = [meter.slot(100), meter.slot(200)];
		pass(100);
		a.sent(50);
		pass(100);
		b.sent(70);
		expect(reports.map(({ loaded }) => loaded)).toEqual([0, 50, 120]);
		expect(reports.every(({ total }) => total === 300)).toBe(true);
	});

	it("never lets `loaded` fall when a body is sent again, and counts its bytes once", () => {
		const { meter, reports, pass } = record();
		meter.begin(100);
		const slot = meter.slot(100);
		for (const sent of [80, 0, 40, 79, 90]) {
			pass(100);
			slot.sent(sent);
		}
		pass(100);
		slot.stored();
		expect(reports.map(({ loaded }) => loaded)).toEqual([0, 80, 90, 100]);
	});

	it("counts what an earlier run sent, but not for the speed", () => {
		const { meter, reports, pass } = record();
		meter.begin(1_000, 800);
		const [old, rest] = [meter.slot(800, 800), meter.slot(200)];
		pass(1_000);
		rest.sent(100);
		expect(reports.map(({ loaded }) => loaded)).toEqual([800, 900]);
		expect(reports[0]?.bytesPerSecond).toBe(0);
		expect(reports[1]?.bytesPerSecond).toBeCloseTo(100);
		expect(reports[1]?.secondsLeft).toBeCloseTo(1);
		// sent once more after all
		for (const sent of [0, 400, 800]) {
			pass(100);
			old.sent(sent);
		}
		expect(reports.at(-1)?.loaded).toBe(900);
	});

	it("measures the speed of a second try from its start", () => {
		const { meter, reports, pass } = record();
		meter.begin(10_000);
		const first = meter.slot(10_000);
		for (const sent of [1_000, 2_000, 3_000]) {
			pass(1_000);
			first.sent(sent);
		}
		meter.begin(10_000, 3_000);
		pass(100);
		meter.slot(7_000).sent(100);
		expect(reports.at(-1)?.bytesPerSecond).toBeCloseTo(1_000);
	});

	it("counts what a body's earlier run sent, but not for the speed", () => {
		const { meter, reports, pass } = record();
		meter.begin(1_000);
		const slot = meter.slot(1_000);
		pass(1_000);
		slot.sent(800, 800);
		pass(1_000);
		slot.sent(900);
		expect(reports.map(({ loaded }) => loaded)).toEqual([0, 800, 900]);
		expect(reports[1]?.bytesPerSecond).toBe(0);
		expect(reports[2]?.bytesPerSecond).toBeLessThan(100);
	});

	it("keeps `loaded` over a second try from the start", () => {
		const { meter, reports, pass } = record();
		meter.begin(100);
		pass(100);
		meter.slot(100).sent(60);
		pass(100);
		meter.begin(100);
		const second = meter.slot(100);
		for (const sent of [30, 61]) {
			pass(100);
			second.sent(sent);
		}
		expect(reports.map(({ loaded }) => loaded)).toEqual([0, 60, 60, 61]);
	});

	it("reports about ten times a second, and the end exactly", () => {
		const { meter, reports, pass } = record();
		meter.begin(1_000);
		const slot = meter.slot(1_000);
		for (let sent = 1; sent <= 999; sent++) {
			pass(1);
			slot.sent(sent);
		}
		expect(reports).toHaveLength(10);
		slot.stored();
		meter.complete();
		expect(reports).toHaveLength(11);
		expect(reports.at(-1)).toMatchObject({ loaded: 1_000, total: 1_000, secondsLeft: 0 });
	});

	it("reports the end of a burst without waiting for the next one", () => {
		vi.useFakeTimers();
		const reports: number[] = [];
		const meter = createProgressMeter(({ loaded }) => void reports.push(loaded));
		meter.begin(100);
		const slot = meter.slot(100);
		for (const sent of [10, 20, 30]) slot.sent(sent);
		expect(reports).toEqual([0]);
		vi.advanceTimersByTime(100);
		expect(reports).toEqual([0, 30]);
		vi.advanceTimersByTime(500);
		expect(reports).toEqual([0, 30]);
		slot.sent(40);
		expect(reports).toEqual([0, 30, 40]);
		vi.useRealTimers();
	});

	it("reports a speed of zero once nothing has moved for 5 s, then nothing until something does", () => {
		vi.useFakeTimers();
		const reports: Progress[] = [];
		const meter = createProgressMeter((progress) => void reports.push(progress));
		meter.begin(10_000);
		const slot = meter.slot(10_000);
		for (let second = 1; second <= 5; second++) {
			vi.advanceTimersByTime(1_000);
			slot.sent(second * 1_000);
		}
		const moving = reports.length;
		vi.advanceTimersByTime(60_000);
		expect(reports.slice(moving)).toEqual([{ loaded: 5_000, total: 10_000, bytesPerSecond: 0 }]);
		expect(vi.getTimerCount()).toBe(0);

		vi.advanceTimersByTime(1_000);
		slot.sent(6_000);
		expect(reports.at(-1)?.bytesPerSecond).toBeGreaterThan(0);
		vi.useRealTimers();
	});

	it("reports the end of a burst when it ends, and then nothing", () => {
		vi.useFakeTimers();
		const reports: number[] = [];
		const meter = createProgressMeter(({ loaded }) => void reports.push(loaded));
		meter.begin(100);
		const slot = meter.slot(100);
		slot.sent(10);
		meter.end();
		slot.sent(90);
		vi.advanceTimersByTime(10_000);
		expect(reports).toEqual([0, 10]);
		expect(vi.getTimerCount()).toBe(0);
		vi.useRealTimers();
	});

	it("never falls, whatever is sent again", () => {
		const random = (below: number): number => Math.floor(Math.random() * below);
		const { meter, reports, pass } = record();
		for (let restart = 0; restart < 3; restart++) {
			meter.begin(3_000);
			const slots = Array.from({ length: 10 }, () => meter.slot(300));
			for (let step = 0; step < 300; step++) {
				pass(random(150));
				slots[random(10)]?.sent(random(step + 1));
			}
		}
		meter.complete();
		meter.end();
		const seen = reports.map(({ loaded }) => loaded);
		expect(seen.length).toBeGreaterThan(10);
		expect(seen).toEqual(seen.toSorted((a, b) => a - b));
		expect(seen.at(-1)).toBe(3_000);
	});

	it("reports a steady speed from the first second on", () => {
		const { meter, reports, pass } = record();
		meter.begin(100_000);
		const slot = meter.slot(100_000);
		for (let second = 1; second <= 10; second++) {
			pass(1_000);
			slot.sent(second * 5_000);
		}
		for (const { bytesPerSecond } of reports.slice(1)) expect(bytesPerSecond).toBeCloseTo(5_000);
		expect(reports.at(-1)?.secondsLeft).toBeCloseTo(10);
	});

	it("follows a change of speed within some seconds", () => {
		const { meter, reports, pass } = record();
		meter.begin(1e6);
		const slot = meter.slot(1e6);
		let sent = 0;
		const run = (seconds: number, speed: number): void => {
			for (let i = 0; i < seconds * 10; i++) {
				pass(100);
				sent += speed / 10;
				slot.sent(sent);
			}
		};
		run(10, 1_000);
		run(10, 9_000);
		expect(reports.at(-1)?.bytesPerSecond).toBeGreaterThan(8_500);
	});

	it("has no `secondsLeft` before anything moved", () => {
		const { meter, reports } = record();
		meter.begin(10);
		expect(reports).toEqual([{ loaded: 0, total: 10, bytesPerSecond: 0 }]);
	});

	it("reports a file of 0 bytes as complete", () => {
		const { meter, reports } = record();
		meter.begin(0);
		meter.slot(0).stored();
		meter.complete();
		expect(reports.at(-1)).toMatchObject({ loaded: 0, total: 0 });
	});
});
