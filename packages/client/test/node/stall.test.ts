import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { watchStall } from "../../src/node/stall.js";
import {
	bodyOf,
	isStall,
	onHead,
	onWhole,
	openTransport,
	rejection,
	startRawSink,
	startSink,
	until,
} from "./sink.js";

const large = randomBytes(32 * 1024 * 1024);
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

test("a reader that stops in the middle is a stall after the stall timeout", async () => {
	const sink = await startRawSink((socket) => onHead(socket, () => {}));
	const { send } = openTransport();
	const started = performance.now();
	const error = await rejection(send(sink.url, bodyOf(large), { stallTimeout: 400 }));
	const waited = performance.now() - started;
	expect(error).toSatisfy(isStall);
	expect(waited).toBeGreaterThan(390);
	expect(waited).toBeLessThan(1200);
	await expect.poll(sink.remaining).toBe(0);
});

test("an answer that does not come is a stall after four times the stall timeout", async () => {
	const sink = await startRawSink((socket) => socket.resume());
	const started = performance.now();
	const error = await rejection(
		openTransport().send(sink.url, bodyOf(Buffer.from("hello")), { stallTimeout: 150 }),
	);
	const waited = performance.now() - started;
	expect(error).toSatisfy(isStall);
	expect(waited).toBeGreaterThan(590);
	expect(waited).toBeLessThan(1500);
});

test("an answer that comes within four times the stall timeout is in time", async () => {
	const sink = await startSink((request, response) => {
		request.resume();
		setTimeout(() => response.end(), 500);
	});
	const { status } = await openTransport().send(sink.url, bodyOf(Buffer.from("hello")), {
		stallTimeout: 200,
	});
	expect(status).toBe(200);
});

test("a slow reader is not a stall", async () => {
	const sink = await startRawSink((socket) => {
		onWhole(socket, large.length, () => socket.write(ok));
		socket.on("data", () => {
			socket.pause();
			setTimeout(() => socket.resume(), 3);
		});
	});
	const started = performance.now();
	const { status } = await openTransport().send(sink.url, bodyOf(large), { stallTimeout: 500 });
	expect(status).toBe(200);
	expect(performance.now() - started).toBeGreaterThan(500);
}, 20_000);

test("one long write that moves slowly is no stall, although its callback comes late; its halt is one", async () => {
	let halted = false;
	const server = net.createServer((socket) => {
		socket.on("error", () => {});
		socket.on("data", () => {
			socket.pause();
			if (!halted) setTimeout(() => socket.resume(), 5);
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
	await once(socket, "connect");
	let called = false;
	socket.write(large, () => {
		called = true;
	});
	let stalled = false;
	watchStall(socket, 400, () => {
		stalled = true;
	});
	await new Promise((resolve) => setTimeout(resolve, 1000));
	expect([called, stalled]).toEqual([false, false]);
	halted = true;
	await until(() => stalled);
	expect(called).toBe(false);
	socket.destroy();
	server.close();
});
