import { expect, it } from "vitest";
import { createResponseTimes } from "../../src/multipart/response-times.js";

const mebibyte = 2 ** 20;

/** The limit for a part of 16 MiB that took a second, after responses that took so long. */
function limitAfter(...times: readonly number[]): number {
	const responses = createResponseTimes(120_000);
	for (const time of times) responses.add(time);
	return responses.limit(16 * mebibyte, 1_000);
}
const ten = (milliseconds: number): number[] => Array.from({ length: 10 }, () => milliseconds);

it("waits as long as ever until ten responses came", () => {
	expect(limitAfter(...ten(50).slice(1))).toBe(120_000);
});

it("then waits five seconds, and for the bytes that the system still holds", () => {
	expect(limitAfter(...ten(50))).toBe(5_250);
});

it("waits four times as long as nine of ten responses took", () => {
	expect(limitAfter(...ten(2_000).slice(1), 60_000)).toBe(8_250);
	expect(limitAfter(...ten(50), ...ten(3_000))).toBe(12_250);
});

it("never waits longer than it did without having seen any", () => {
	expect(limitAfter(...ten(60_000))).toBe(120_000);
});

it("gives a line that became slow the time to send what the system holds", () => {
	const responses = createResponseTimes(120_000);
	for (const time of ten(50)) responses.add(time);
	expect(responses.limit(16 * mebibyte, 160_000)).toBe(45_000);
	expect(responses.limit(mebibyte, 10_000)).toBe(15_000);
});
