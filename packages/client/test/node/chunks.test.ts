import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { hashers } from "../../src/node/hashers.js";
import { createOpenBody } from "../../src/node/sources/body.js";
import { onHead, openTransport, rejection, startRawSink, startSink, until } from "./sink.js";

const kibibyte = 1024;
const size = 32 * 1024 * kibibyte;
const usual = 256 * kibibyte;
const large = 2048 * kibibyte;

/** A body of zeros, and how many bytes were asked for at once. */
function openBody(bytes = size) {
	const lengths: number[] = [];
	const body = createOpenBody(bytes, (_position, length, scratch) => {
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

/** No time passes, however busy this machine is: all lines are quick. */
function stopTheClock(): void {
	vi.useFakeTimers({ toFake: ["performance"] });
	onTestFinished(() => void vi.useRealTimers());
}

test("a quick line is given large chunks, smaller ones through a hash, and the next body starts with them", async () => {
	stopTheClock();
	const { url } = await startReader(0);
	const { send } = openTransport();
	const [first, next, hashed] = [openBody(), openBody(), openBody()];
	await send(url, first.body);
	expect(new Set(first.lengths.slice(0, 16))).toEqual(new Set([usual]));
	expect(first.lengths).toContain(large);
	await send(url, next.body);
	expect(next.lengths[0]).toBe(large);
	await send(url, hashed.body, { hash: hashers.crc32() });
	expect(Math.max(...hashed.lengths)).toBe(512 * kibibyte);
});

test("a slow line is given the usual chunks as soon as it has shown how slow it is", async () => {
	const { url } = await startReader(12);
	const { lengths, body } = openBody(20 * 1024 * kibibyte);
	await openTransport().send(url, body);
	expect(new Set(lengths.slice(-8))).toEqual(new Set([usual]));
});

test("of many bodies on a quick line, four have large chunks at a time, and each has one chunk in memory", async () => {
	stopTheClock();
	const { url } = await startReader(0);
	const { send } = openTransport();
	await send(url, openBody().body);
	const gate = Promise.withResolvers<void>();
	const lengths: number[] = [];
	const bodies = Array.from({ length: 8 }, () =>
		createOpenBody(size, async (_position, length, scratch) => {
			lengths.push(length);
			await gate.promise;
			return scratch.subarray(0, length);
		}),
	);
	const sending = Promise.all(bodies.map((body) => send(url, body)));
	await until(() => lengths.length === 8);
	expect(lengths.filter((length) => length === large)).toHaveLength(4);
	expect(lengths.filter((length) => length === usual)).toHaveLength(4);
	gate.resolve();
	await sending;
});

test("what the kernel takes at once, and what fails, makes no line quick", async () => {
	stopTheClock();
	const { url } = await startReader(0);
	const { send } = openTransport();
	for (let round = 0; round < 5; round++) await send(url, openBody(60_000).body);
	const small = openBody();
	await send(url, small.body);
	expect(small.lengths[0]).toBe(usual);

	const deaf = await startRawSink((socket) => onHead(socket, () => socket.destroy()));
	await rejection(send(deaf.url, openBody().body));
	const next = openBody();
	await send(url, next.body);
	expect(next.lengths[0]).toBe(usual);
});
