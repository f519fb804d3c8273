import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { hashers } from "../../src/node/hashers.js";
import { createBody, createOpenBody } from "../../src/node/sources/body.js";
import { onHead, openTransport, rejection, startRawSink, startSink, until } from "./sink.js";

const kibibyte = 1024;
const size = 32 * 1024 * kibibyte;
const defaultChunk = 256 * kibibyte;
const largeChunk = 2048 * kibibyte;

/** A body of zeros, and how many bytes were asked for at once. */
function openBody(bytes = size) {
	const lengths: number[] = [];
	const body = createOpenBody(bytes, async (_position, length, scratch) => {
		lengths.push(length);
		return scratch.subarray(0, length);
	});
	return { lengths, body };
}

const startReader = (pause: number) =>
	startSink(async (request, response) => {
		try {
			for await (const _chunk of request) if (pause > 0) await setTimeout(pause);
			response.end();
		} catch {
			// the client aborted
		}
	});

/** Stops the clock, so that every line is fast however busy this machine is. */
function stopTheClock(): void {
	vi.useFakeTimers({ toFake: ["performance"] });
	onTestFinished(() => void vi.useRealTimers());
}

test("a fast line gets large chunks, smaller ones when hashed, and the next body starts with them", async () => {
	stopTheClock();
	const { url } = await startReader(0);
	const { send } = openTransport();
	const [first, next, hashed] = [openBody(), openBody(), openBody()];
	await send(url, first.body);
	expect(new Set(first.lengths.slice(0, 16))).toEqual(new Set([defaultChunk]));
	expect(first.lengths).toContain(largeChunk);
	await send(url, next.body);
	expect(next.lengths[0]).toBe(largeChunk);
	await send(url, hashed.body, { hash: hashers.crc32() });
	expect(Math.max(...hashed.lengths)).toBe(512 * kibibyte);
});

test("a slow line gets default chunks once its speed is measured", async () => {
	const { url } = await startReader(12);
	const { lengths, body } = openBody(20 * 1024 * kibibyte);
	await openTransport().send(url, body);
	expect(new Set(lengths.slice(-8))).toEqual(new Set([defaultChunk]));
});

test("of many bodies on a fast line, four have large chunks at a time, and each has one chunk in memory", async () => {
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
	const firstLengths = async (): Promise<number[]> => {
		await until(() => lengths.length === 8);
		const first = lengths.slice();
		gate.resolve();
		return first;
	};
	const [first] = await Promise.all([firstLengths(), ...bodies.map((body) => send(url, body))]);
	expect(first.filter((length) => length === largeChunk)).toHaveLength(4);
	expect(first.filter((length) => length === defaultChunk)).toHaveLength(4);
});

test("neither bytes that the kernel only buffers nor a failed attempt make a line fast", async () => {
	stopTheClock();
	const { url } = await startReader(0);
	const { send } = openTransport();
	for (let round = 0; round < 5; round++) await send(url, openBody(60_000).body);
	const small = openBody();
	await send(url, small.body);
	expect(small.lengths[0]).toBe(defaultChunk);

	const deaf = await startRawSink((socket) => onHead(socket, () => socket.destroy()));
	await rejection(send(deaf.url, openBody().body));
	const next = openBody();
	await send(url, next.body);
	expect(next.lengths[0]).toBe(defaultChunk);
});

/** A body that counts how often it is opened and closed, and opens when it is told to. */
function openCountedBody() {
	const opened = Promise.withResolvers<void>();
	const counts = { opens: 0, closes: 0 };
	const body = createBody(size, async () => {
		counts.opens++;
		await opened.promise;
		return {
			read: async (_position, length, scratch) => scratch.subarray(0, length),
			close: () => void counts.closes++,
		};
	});
	return { body, counts, open: opened.resolve };
}

test("a body is closed once when its bytes are read, and opened again by the next attempt", async () => {
	const { url } = await startReader(0);
	const { body, counts, open } = openCountedBody();
	open();
	const { send } = openTransport();
	for (const round of [1, 2]) {
		expect((await send(url, body)).status).toBe(200);
		expect(counts).toEqual({ opens: round, closes: round });
	}
});

test("a body is closed when the upload is aborted although the peer reads nothing", async () => {
	const { url } = await startRawSink((socket) => socket.pause());
	const { body, counts, open } = openCountedBody();
	open();
	const controller = new AbortController();
	let sent = 0;
	const sending = rejection(
		openTransport().send(url, body, {
			signal: controller.signal,
			onSent: (bytes) => {
				sent = bytes;
			},
		}),
	);
	await until(() => sent > 0);
	controller.abort("enough");
	expect(await sending).toBe("enough");
	await until(() => counts.closes === 1);
});

test("a body is closed when the upload is aborted while the body opens", async () => {
	const { url } = await startReader(0);
	const { body, counts, open } = openCountedBody();
	const controller = new AbortController();
	const { send } = openTransport();
	const sending = rejection(send(url, body, { signal: controller.signal }));
	await until(() => counts.opens === 1);
	controller.abort("enough");
	expect(await sending).toBe("enough");
	expect(counts.closes).toBe(0);
	open();
	await until(() => counts.closes === 1);
	expect((await send(url, body)).status).toBe(200);
	expect(counts.closes).toBe(2);
});

test("an error on opening is passed on as it is, and the next attempt opens the body again", async () => {
	const { url } = await startReader(0);
	const { body, open } = openCountedBody();
	open();
	const full = Object.assign(new Error("too many open files"), { code: "EMFILE" });
	let attempts = 0;
	const failing = createBody(size, () => (attempts++ ? body.open() : Promise.reject(full)));
	const { send } = openTransport();
	expect(await rejection(send(url, failing))).toBe(full);
	expect((await send(url, failing)).status).toBe(200);
});
