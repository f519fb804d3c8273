import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startValidityTimer, type ValidityTimer } from "../../src/upload/validity-timer.js";

interface Stage {
	readonly validity: ValidityTimer;
	/** Lets seconds pass on either clock. */
	readonly pass: (monotonic: number, wall: number) => void;
}

const time = { monotonic: 0, wall: 0 };

beforeEach(() => {
	vi.spyOn(performance, "now").mockImplementation(() => time.monotonic);
	vi.spyOn(Date, "now").mockImplementation(() => time.wall);
});
afterEach(() => void vi.restoreAllMocks());

function stage(expiresIn: number): Stage {
	Object.assign(time, { monotonic: 5_000, wall: 1e12 });
	return {
		validity: startValidityTimer(expiresIn),
		pass(monotonic, wall) {
			time.monotonic += monotonic * 1000;
			time.wall += wall * 1000;
		},
	};
}

describe("startValidityTimer", () => {
	it("keeps back the last 30 seconds of a long life", () => {
		const { validity, pass } = stage(3_600);
		pass(3_569, 3_569);
		expect(validity.usable()).toBe(true);
		pass(2, 2);
		expect(validity.usable()).toBe(false);
	});

	it("keeps back a tenth of a short life", () => {
		const { validity, pass } = stage(10);
		pass(8.9, 8.9);
		expect(validity.usable()).toBe(true);
		pass(0.2, 0.2);
		expect(validity.usable()).toBe(false);
	});

	it("notices the time that the machine slept through", () => {
		const { validity, pass } = stage(300);
		pass(1, 4_000);
		expect(validity.usable()).toBe(false);
	});

	it("is not fooled by a clock set back", () => {
		const { validity, pass } = stage(300);
		pass(299, -86_400);
		expect(validity.usable()).toBe(false);
	});

	it("says when it is time to fetch the next one", () => {
		const { validity, pass } = stage(300);
		pass(239, 239);
		expect(validity.ending()).toBe(false);
		pass(2, 2);
		expect([validity.ending(), validity.usable()]).toEqual([true, true]);
	});

	it("is over at once for a life of 0", () => {
		expect(stage(0).validity.usable()).toBe(false);
	});
});
