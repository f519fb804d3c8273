import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { hashers } from "../../src/node/hashers.js";
import { createOpenBody } from "../../src/node/sources/body.js";
import { openTransport, startSink } from "./sink.js";

const kibibyte = 1024;
const size = 32 * 1024 * kibibyte;
const usual = 256 * kibibyte;

/** A body of zeros, and how many bytes were asked for at once. */
function openBody() {
	const lengths: number[] = [];
	const body = createOpenBody(size, (_position, length, scratch) => {
		lengths.push(length);
		return scratch.subarray(0, length);
	});
	return { lengths, body };
}

const startReader = (pause: number) =>
	startSink(async (request, response) => {
		for await (const _chunk of request) if (pause > 0) await setTimeout(pause);
		response.end();
	});

test("a quick line is given large chunks, smaller ones through a hash, and the next body starts with them", async () => {
	// no time passes, however busy this machine is
	vi.useFakeTimers({ toFake: ["performance"] });
	onTestFinished(() => void vi.useRealTimers());
	const { url } = await startReader(0);
	const { send } = openTransport();
	const [first, next, hashed] = [openBody(), openBody(), openBody()];
	await send(url, first.body);
	expect(first.lengths[0]).toBe(usual);
	expect(first.lengths).toContain(2048 * kibibyte);
	await send(url, next.body);
	expect(next.lengths[0]).toBe(2048 * kibibyte);
	await send(url, hashed.body, { hash: hashers.crc32() });
	expect(Math.max(...hashed.lengths)).toBe(512 * kibibyte);
});

test("a slow line is given the usual chunks as soon as it has shown how slow it is", async () => {
	const { url } = await startReader(4);
	const { lengths, body } = openBody();
	await openTransport().send(url, body);
	expect(new Set(lengths.slice(lengths.length / 2))).toEqual(new Set([usual]));
});
