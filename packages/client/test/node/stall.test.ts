import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { watchStall } from "../../src/node/stall.js";
import {
	bodyOf,
	isStall,
	onHead,
	onWhole,
	openTransport,
	rejection,
	startRawSink,
	until,
} from "./sink.js";

const large = randomBytes(32 * 1024 * 1024);
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/** Lets a quarter of the time to a stall pass in which nothing moves, this many times. */
function passQuarters(socket: Pick<Socket, "emit"> | undefined, count: number): void {
	for (let quarter = 0; quarter < count; quarter++) socket?.emit("timeout");
}

test("a reader that stops in the middle is a stall after four idle quarters of the stall timeout", async () => {
	const sink = await startRawSink((socket) => onHead(socket, () => {}));
	const { send, connections } = openTransport();
	let sent = 0;
	const sending = rejection(
		send(sink.url, bodyOf(large), {
			stallTimeout: 3_600_000,
			onSent: (bytes) => {
				sent = bytes;
			},
		}),
	);
	await until(() => sent > 0);
	const [socket] = connections();
	expect(socket?.timeout).toBe(900_000);
	passQuarters(socket, 3);
	expect(socket?.destroyed).toBe(false);
	passQuarters(socket, 1);
	const error = await sending;
	expect(error).toSatisfy(isStall);
	expect(error).toMatchObject({ message: "No byte moved for 3600 s." });
	await expect.poll(sink.remaining).toBe(0);
});

test("a response that does not come is a stall after four times the stall timeout", async () => {
	const sink = await startRawSink((socket) => socket.resume());
	const { send, connections } = openTransport();
	const sending = rejection(
		send(sink.url, bodyOf(Buffer.from("hello")), { stallTimeout: 3_600_000 }),
	);
	await until(() => connections()[0]?.timeout === 3_600_000);
	passQuarters(connections()[0], 4);
	expect(await sending).toSatisfy(isStall);
});

/** Reads 12 MB a second, and without a pause what is late, where a busy machine has woken it late. */
function readSlowly(socket: Socket, isHalted = (): boolean => false): void {
	const began = performance.now();
	let received = 0;
	socket.on("data", (chunk: Buffer) => {
		received += chunk.length;
		const early = began + received / 12_000 - performance.now();
		if (early <= 0 && !isHalted()) return;
		socket.pause();
		if (!isHalted()) setTimeout(() => socket.resume(), early);
	});
}

test("a slow reader is not a stall", async () => {
	const sink = await startRawSink((socket) => {
		onWhole(socket, large.length, () => socket.write(ok));
		readSlowly(socket);
	});
	const { send } = openTransport();
	expect((await send(sink.url, bodyOf(large), { stallTimeout: 1_000 })).status).toBe(200);
});

test("one long write that moves slowly is no stall although its callback comes late; its halt is one", async () => {
	let received = 0;
	let isHalted = false;
	const server = net.createServer((socket) => {
		socket.on("error", () => {});
		socket.on("data", (chunk) => {
			received += chunk.length;
		});
		readSlowly(socket, () => isHalted);
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1");
	onTestFinished(() => {
		socket.destroy();
		server.close();
	});
	await once(socket, "connect");
	let isWritten = false;
	socket.write(large, () => {
		isWritten = true;
	});
	let isStalled = false;
	watchStall(socket, 1_000, () => {
		isStalled = true;
	});
	// that takes two seconds at least
	await until(() => received > 24 * 1024 * 1024);
	expect([isWritten, isStalled]).toEqual([false, false]);
	isHalted = true;
	await until(() => isStalled);
	expect(isWritten).toBe(false);
});

/** A watch of four seconds over a socket whose idle timer is a number. */
function openWatch() {
	vi.useFakeTimers({ toFake: ["performance"] });
	onTestFinished(() => void vi.useRealTimers());
	let timeout = 0;
	const setTimeout = (milliseconds: number): void => {
		timeout = milliseconds;
	};
	const socket = Object.assign(new EventEmitter(), { setTimeout });
	const onStall = vi.fn();
	const watch = watchStall(socket as unknown as Socket, 4_000, onStall);
	const pass = (milliseconds: number): void => {
		vi.advanceTimersByTime(milliseconds);
		socket.emit("timeout");
	};
	return { watch, pass, onStall, timeout: () => timeout };
}

test("bytes that moved in between start the four quarters over", () => {
	const { watch, pass, onStall } = openWatch();
	for (let quarter = 0; quarter < 3; quarter++) pass(1_000);
	watch.moved();
	for (let quarter = 0; quarter < 3; quarter++) pass(1_000);
	expect(onStall).not.toHaveBeenCalled();
	pass(1_000);
	expect(onStall).toHaveBeenCalledOnce();
});

test("a late timer, as after a sleep of the machine, starts the four quarters over", () => {
	const { pass, onStall } = openWatch();
	for (let quarter = 0; quarter < 3; quarter++) pass(1_000);
	pass(60_000);
	for (let quarter = 0; quarter < 2; quarter++) pass(1_000);
	expect(onStall).not.toHaveBeenCalled();
	pass(1_000);
	expect(onStall).toHaveBeenCalledOnce();
});

test("another limit starts over, and a stopped watch leaves the socket without a timer", () => {
	const { watch, pass, onStall, timeout } = openWatch();
	for (let quarter = 0; quarter < 3; quarter++) pass(1_000);
	watch.limit(16_000);
	expect(timeout()).toBe(4_000);
	pass(4_000);
	expect(onStall).not.toHaveBeenCalled();
	watch.stop();
	expect(timeout()).toBe(0);
	for (let quarter = 0; quarter < 4; quarter++) pass(4_000);
	expect(onStall).not.toHaveBeenCalled();
});
