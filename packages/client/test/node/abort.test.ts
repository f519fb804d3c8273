import { randomBytes } from "node:crypto";
import { getEventListeners } from "node:events";
import { expect, test } from "vitest";
import { createOpenBody } from "../../src/node/sources/body.js";
import { bodyOf, openTransport, rejection, startRawSink, startSink, until } from "./sink.js";

const mebibyte = 1024 * 1024;
const large = randomBytes(32 * mebibyte);

test("a request whose signal is aborted already opens no connection", async () => {
	const sink = await startSink((_request, response) => response.end());
	const signal = AbortSignal.abort("no");
	expect(await rejection(openTransport().send(sink.url, bodyOf(large), { signal }))).toBe("no");
	expect(sink.accepted()).toBe(0);
});

test.each(["while the body is stuck", "while the response is awaited"])(
	"an abort %s rejects with its reason and closes the connection",
	async (when) => {
		const stuck = when.includes("body");
		const sink = await startRawSink((socket) => {
			if (!stuck) socket.resume();
		});
		const controller = new AbortController();
		const reason = new Error("the user left");
		const { send } = openTransport();
		let sent = 0;
		const sending = rejection(
			send(sink.url, bodyOf(large), {
				signal: controller.signal,
				onSent: (bytes) => {
					sent = bytes;
				},
			}),
		);
		await until(() => (stuck ? sent > 0 : sent === large.length));
		controller.abort(reason);
		expect(await sending).toBe(reason);
		const before = sent;
		await expect.poll(sink.remaining).toBe(0);
		expect(sent).toBe(before);
	},
);

test("an abort while waiting for a connection does not affect other requests", async () => {
	const sink = await startSink((request, response) => {
		request.resume();
		request.on("end", () => setTimeout(() => response.end(), 100));
	});
	const { send } = openTransport(1);
	const controller = new AbortController();
	const first = send(sink.url, bodyOf(large));
	const second = rejection(send(sink.url, bodyOf(large), { signal: controller.signal }));
	const third = send(sink.url, bodyOf(large));
	controller.abort("enough");
	const [reason, ...responses] = await Promise.all([second, first, third]);
	expect(reason).toBe("enough");
	expect(responses.map(({ status }) => status)).toEqual([200, 200]);
	expect(sink.accepted()).toBe(1);
});

test("aborts at random moments leave no connection, no listener and no buffer behind, and corrupt nothing", async () => {
	const broken: number[] = [];
	const sink = await startSink((request, response) => {
		let read = 0;
		request.on("error", () => {});
		request.on("data", (chunk: Buffer) => {
			if (!chunk.equals(large.subarray(read, read + chunk.length))) broken.push(read);
			read += chunk.length;
		});
		request.on("end", () => response.end());
	});
	const { send, connections } = openTransport(4);
	const lent = new Set<Uint8Array>();
	// a source that reads into the lent buffers, as a file does
	const reading = createOpenBody(large.length, async (position, length, scratch) => {
		lent.add(scratch);
		await new Promise((resolve) => setImmediate(resolve));
		const chunk = scratch.subarray(0, length);
		chunk.set(large.subarray(position, position + length));
		return chunk;
	});
	const outcomes = { done: 0, aborted: 0 };
	const work = async () => {
		for (let round = 0; round < 25; round++) {
			const controller = new AbortController();
			const timer = setTimeout(() => controller.abort(round), Math.random() * 60);
			try {
				await send(sink.url, reading, { signal: controller.signal });
				outcomes.done++;
			} catch (error) {
				expect(error).toBe(round);
				outcomes.aborted++;
			}
			clearTimeout(timer);
			expect(getEventListeners(controller.signal, "abort")).toEqual([]);
		}
	};
	await Promise.all([work(), work(), work(), work()]);
	expect(outcomes.done + outcomes.aborted).toBe(100);
	expect(outcomes.aborted).toBeGreaterThan(0);
	expect(broken).toEqual([]);
	// three for each request, and those that an aborted write still held when the next request began
	expect(lent.size).toBeLessThanOrEqual(24);
	expect((await send(sink.url, reading)).status).toBe(200);
	await expect.poll(() => connections().length).toBeLessThanOrEqual(4);
	await expect.poll(() => sink.sockets.size).toBe(connections().length);
});
