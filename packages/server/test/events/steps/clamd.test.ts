import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { beginScan } from "../../../src/events/steps/clamd.js";

/** A server that answers as a test says, at each part of what it receives. */
async function scanner(answer: (socket: Socket, bytes: Buffer) => void) {
	const server = createServer((socket) => {
		socket.on("error", () => undefined);
		socket.on("data", (bytes) => answer(socket, bytes));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	return { host: "127.0.0.1", port, timeout: 240_000 };
}

const isEnd = (bytes: Buffer): boolean => bytes.subarray(-4).equals(Buffer.alloc(4));

test("An OK before the last byte was sent says nothing of what follows", async () => {
	const address = await scanner((socket) => socket.write("stream: OK\0"));
	const scan = beginScan(address);
	onTestFinished(() => scan.cancel());
	while (await scan.send(randomBytes(1_000)));
	await expect(scan.end()).rejects.toThrow(/answered before/);
});

test("Malware that is found early counts", async () => {
	const address = await scanner((socket) => socket.end("stream: Eicar FOUND\0"));
	const scan = beginScan(address);
	onTestFinished(() => scan.cancel());
	while (await scan.send(randomBytes(1_000)));
	expect(await scan.end()).toBe("stream: Eicar FOUND");
});

test("An answer counts once it is complete, in however many parts it comes", async () => {
	const address = await scanner((socket, bytes) => {
		if (!isEnd(bytes)) return;
		socket.setNoDelay(true);
		socket.write("stream: O", () => setImmediate(() => socket.end("K\0")));
	});
	const scan = beginScan(address);
	await scan.send(Buffer.from("text"));
	expect(await scan.end()).toBe("stream: OK");
});

test("An answer whose end is missing is none", async () => {
	const address = await scanner((socket, bytes) => {
		if (isEnd(bytes)) socket.end("stream: OK");
	});
	const scan = beginScan(address);
	await scan.send(Buffer.from("text"));
	await expect(scan.end()).rejects.toThrow(/without an answer/);
});
