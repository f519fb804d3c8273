import { describe, expect, it } from "vitest";
import type { PartAttempt, PartInFlight } from "../../src/multipart/part-attempts.js";
import { createResponseTimes } from "../../src/multipart/response-times.js";
import {
	createStragglerWatch,
	type StragglerWatch,
	tooSlow,
} from "../../src/multipart/stragglers.js";
import { StallError } from "../../src/transport-errors.js";

const mebibyte = 2 ** 20;
const partSize = 16 * mebibyte;
const total = 10 * partSize;

/** A watch of a file of ten parts, most of which are stored at 16 MiB per second. */
function createWatch(stored: number, size: number | null = total) {
	let time = 0;
	const watch = createStragglerWatch(size, createResponseTimes(120_000), () => time);
	for (let part = 0; part < stored; part++) {
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		time += 1_000;
		attempt.sent(partSize);
		flight.end(attempt);
	}
	return {
		watch,
		/** Lets time pass, in which every attempt is checked twice a second. */
		pass(milliseconds: number, ...attempts: readonly PartAttempt[]) {
			for (let left = milliseconds; left > 0; left -= 500) {
				time += Math.min(left, 500);
				for (const { check } of attempts) check();
			}
		},
	};
}

function add(watch: StragglerWatch): { flight: PartInFlight; attempt: PartAttempt } {
	const flight = watch.add(partSize, async () => {});
	return { flight, attempt: flight.begin() };
}

const isAborted = ({ controller }: PartAttempt): boolean => controller.signal.aborted;

describe("a second attempt", () => {
	it("is for the part that needs longest, once", () => {
		const { watch, pass } = createWatch(8);
		const [slow, slower] = [add(watch), add(watch)];
		slow.attempt.sent(0);
		slower.attempt.sent(0);
		pass(2_000, slow.attempt, slower.attempt);
		slow.attempt.sent(2 * mebibyte);
		slower.attempt.sent(mebibyte);
		expect(watch.slowest()).toBe(slower.flight);
		expect(watch.slowest()).toBe(slow.flight);
		expect(watch.slowest()).toBeUndefined();
	});

	it("is for a part whose bytes stopped", () => {
		const { watch, pass } = createWatch(8, 100 * partSize);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		pass(500, attempt);
		attempt.sent(15 * mebibyte);
		pass(1_900, attempt);
		expect(watch.slowest()).toBeUndefined();
		pass(200, attempt);
		expect(watch.slowest()).toBe(flight);
	});

	it.each([
		["that will be done in two seconds", 8, 9 * mebibyte, 2_500],
		["that has been sent for less than a part takes", 8, 0, 900],
		["while too few parts are stored to compare with", 2, mebibyte, 5_000],
	])("is not for a part %s", (_name, stored, bytes, milliseconds) => {
		const { watch, pass } = createWatch(stored);
		const { attempt } = add(watch);
		attempt.sent(0);
		pass(milliseconds, attempt);
		attempt.sent(bytes);
		expect(watch.slowest()).toBeUndefined();
	});

	it("is not for a part that waits to be sent", () => {
		const { watch, pass } = createWatch(9);
		add(watch);
		pass(60_000);
		expect(watch.slowest()).toBeUndefined();
	});

	it("is not begun where a twentieth of the file would be sent in vain", () => {
		const { watch, pass } = createWatch(9);
		const { attempt } = add(watch);
		attempt.sent(0);
		pass(4_500, attempt);
		attempt.sent(8 * mebibyte);
		expect(watch.slowest()).toBeUndefined();
	});

	it("is measured by what was stored where the file's size is unknown", () => {
		const { watch, pass } = createWatch(4, null);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		pass(4_500, attempt);
		attempt.sent(4 * mebibyte);
		expect(watch.slowest()).toBeUndefined();
		const next = createWatch(9, null);
		const other = add(next.watch);
		other.attempt.sent(0);
		next.pass(4_500, other.attempt);
		other.attempt.sent(4 * mebibyte);
		expect(next.watch.slowest()).toBe(other.flight);
		flight.end();
	});
});

describe("an upload whose speed is limited", () => {
	/** Sends 64 KiB in each half second, as a part does whose upload was limited while it ran. */
	const send = (waits: number) => {
		const { watch, pass } = createWatch(8);
		const { attempt } = add(watch);
		attempt.sent(0);
		for (let turn = 1; turn <= 20; turn++) {
			pass(500, attempt);
			attempt.waited(waits);
			attempt.sent(turn * 64 * 1024);
		}
		return { watch, attempt };
	};

	it("leaves no connection for the time in which its bytes waited for their turn", () => {
		const { watch, attempt } = send(490);
		expect(isAborted(attempt)).toBe(false);
		expect(watch.slowest()).toBeUndefined();
	});

	it("leaves a connection that is slow by itself", () => {
		expect(isAborted(send(10).attempt)).toBe(true);
	});
});

describe("two attempts at once", () => {
	it("end when the first of them stores the part", () => {
		const { watch, pass } = createWatch(9);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		pass(2_000, attempt);
		expect(attempt.sent(mebibyte)).toBe(mebibyte);
		watch.slowest();
		const copy = flight.begin();
		expect(copy.sent(0)).toBe(mebibyte);
		expect(copy.sent(partSize)).toBe(partSize);
		flight.end(copy);
		expect([isAborted(attempt), isAborted(copy), flight.isRepeated()]).toEqual([true, false, true]);
	});

	it("end for the one behind once it has sent a twentieth of the file in vain", () => {
		const { watch, pass } = createWatch(9);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		pass(2_000, attempt);
		attempt.sent(mebibyte);
		watch.slowest();
		const copy = flight.begin();
		copy.sent(0);
		attempt.sent(15 * mebibyte);
		copy.sent(8 * mebibyte);
		expect([isAborted(attempt), isAborted(copy)]).toEqual([false, false]);
		copy.sent(9 * mebibyte);
		expect([isAborted(attempt), isAborted(copy)]).toEqual([false, true]);
	});

	it("become one when the other fails, which then has nothing to be compared with", () => {
		const { watch, pass } = createWatch(10);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		pass(2_000, attempt);
		attempt.sent(mebibyte);
		watch.slowest();
		const copy = flight.begin();
		copy.sent(0);
		attempt.sent(15 * mebibyte);
		flight.drop(attempt);
		copy.sent(9 * mebibyte);
		expect([isAborted(attempt), isAborted(copy)]).toEqual([true, false]);
		copy.sent(partSize);
		pass(5_500, copy);
		// so it is repeated, and does not end the upload
		expect(copy.controller.signal.reason).toEqual(new StallError(5_000));
	});

	it("share one allowance with all parts of the file", () => {
		const { watch, pass } = createWatch(8);
		const first = add(watch);
		first.attempt.sent(0);
		pass(2_000, first.attempt);
		first.attempt.sent(mebibyte);
		watch.slowest();
		const copy = first.flight.begin();
		first.attempt.sent(6 * mebibyte);
		copy.sent(partSize);
		first.flight.end(copy);
		const second = add(watch);
		second.attempt.sent(0);
		pass(4_500, second.attempt);
		second.attempt.sent(2 * mebibyte);
		expect(watch.slowest()).toBeUndefined();
	});
});

describe("a slow connection", () => {
	it("gives its part back after five seconds below an eighth of the usual speed, once", () => {
		const { watch, pass } = createWatch(5);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		attempt.sent(mebibyte);
		pass(4_900, attempt);
		expect(isAborted(attempt)).toBe(false);
		pass(200, attempt);
		expect(attempt.controller.signal.reason).toBe(tooSlow);
		const next = flight.begin();
		next.sent(0);
		pass(60_000, next);
		expect(isAborted(next)).toBe(false);
		expect(watch.slowest()).toBeUndefined();
	});

	it.each([
		["of an eighth of the usual speed", 5, 11 * mebibyte],
		["that has taken all bytes and waits for its response", 5, partSize],
		["that nothing is known to compare with", 2, 0],
		["on which too much was sent to send it again", 5, 9 * mebibyte],
	])("keeps its part: one %s", (_name, stored, bytes) => {
		const { watch, pass } = createWatch(stored);
		const { attempt } = add(watch);
		attempt.sent(0);
		attempt.sent(bytes);
		pass(5_500, attempt);
		expect(isAborted(attempt)).toBe(false);
	});

	it.each([
		["half", partSize / 2],
		["whole", partSize],
	])("is not one that waits for the next attempt after the %s part", (_name, bytes) => {
		const { watch, pass } = createWatch(10, 30 * total);
		const { attempt } = add(watch);
		attempt.sent(0);
		attempt.sent(bytes);
		attempt.failed();
		pass(60_000, attempt);
		expect([watch.slowest(), isAborted(attempt)]).toEqual([undefined, false]);
		attempt.sent(0);
		pass(5_500, attempt);
		expect(isAborted(attempt)).toBe(true);
	});

	it("is not one whose machine slept", () => {
		const { watch, pass } = createWatch(5);
		const { attempt } = add(watch);
		attempt.sent(0);
		pass(1_000, attempt);
		attempt.sent(8 * mebibyte);
		pass(60_000);
		expect(watch.slowest()).toBeUndefined();
		attempt.check();
		pass(500, attempt);
		expect([watch.slowest(), isAborted(attempt)]).toEqual([undefined, false]);
	});
});

describe("a connection that is silent after the last byte", () => {
	/** A part of a file of 300 that is sent whole. */
	function sendWhole(stored: number) {
		const { watch, pass } = createWatch(stored, 30 * total);
		const { flight, attempt } = add(watch);
		attempt.sent(0);
		attempt.sent(partSize);
		return { watch, pass, flight, attempt };
	}
	const reasonOf = ({ controller }: PartAttempt): unknown => controller.signal.reason;

	it("is left after five seconds once ten responses came, then after twice as long", () => {
		const { pass, flight, attempt } = sendWhole(10);
		pass(4_500, attempt);
		expect(isAborted(attempt)).toBe(false);
		pass(500, attempt);
		expect(reasonOf(attempt)).toEqual(new StallError(5_000));
		expect(flight.isRepeated()).toBe(true);
		const next = flight.begin();
		next.sent(0);
		next.sent(partSize);
		pass(9_500, next);
		expect(isAborted(next)).toBe(false);
		pass(500, next);
		expect(reasonOf(next)).toEqual(new StallError(10_000));
	});

	it("is left to the timeout of the transport while fewer responses came", () => {
		const { pass, attempt } = sendWhole(9);
		pass(130_000, attempt);
		expect(isAborted(attempt)).toBe(false);
	});

	it("is not repeated where another attempt is on its way", () => {
		const { watch, pass, flight, attempt } = sendWhole(10);
		pass(2_500, attempt);
		expect(watch.slowest()).toBe(flight);
		const copy = flight.begin();
		copy.sent(0);
		pass(2_500, attempt);
		expect(isAborted(attempt)).toBe(true);
		expect(reasonOf(attempt)).not.toBeInstanceOf(StallError);
		expect(isAborted(copy)).toBe(false);
	});
});
