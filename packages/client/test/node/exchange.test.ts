import { randomBytes } from "node:crypto";
import { expect, onTestFinished, test, vi } from "vitest";
import {
	bodyOf,
	isNetworkFailure,
	onHead,
	onWhole,
	openTransport,
	rejection,
	startRawSink,
} from "./sink.js";

const mebibyte = 1024 * 1024;
const large = randomBytes(32 * mebibyte);
const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const slowDown =
	"HTTP/1.1 503 Slow Down\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 4\r\n\r\nslow";

test("an error response during the body is returned at once, and the rest of the body is not sent", async () => {
	const sink = await startRawSink((socket) => onHead(socket, () => socket.write(slowDown)));
	const { send } = openTransport();
	const sent: number[] = [];
	const response = await send(sink.url, bodyOf(large), {
		onSent: (bytes) => sent.push(bytes),
	});
	expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
	expect(await response.text()).toBe("slow");
	expect(sent.at(-1) ?? 0).toBeLessThan(large.length);
	await expect.poll(sink.remaining).toBe(0);
});

test("a success before the body is read does not count when the connection breaks", async () => {
	const sink = await startRawSink((socket) =>
		onHead(socket, () => socket.write(ok, () => setTimeout(() => socket.resetAndDestroy(), 50))),
	);
	const { send } = openTransport(64);
	// from sizes that fit into the send buffer to sizes that do not
	const sizes = [100, ...Array.from({ length: 40 }, (_, i) => (i + 1) * 250_000), large.length];
	const ends = sizes.map(async (size) => {
		const sent = send(sink.url, bodyOf(large.subarray(0, size)));
		return await sent.then(({ status }) => status, isNetworkFailure);
	});
	for (const end of await Promise.all(ends)) expect([200, true]).toContain(end);
	expect([await ends[0], await ends.at(-1)]).toEqual([200, true]);
});

test("a long success before the body is read does not count", async () => {
	const page = "a".repeat(200_000);
	const sink = await startRawSink((socket) =>
		onHead(socket, () =>
			socket.write(`HTTP/1.1 200 OK\r\nETag: "e"\r\nContent-Length: ${page.length}\r\n\r\n${page}`),
		),
	);
	const { send } = openTransport();
	expect(await rejection(send(sink.url, bodyOf(large)))).toSatisfy(isNetworkFailure);
	await expect.poll(sink.remaining).toBe(0);
});

test("an error response lost to a reset is read by the next attempt, which expects 100 Continue", async () => {
	const heads: string[] = [];
	const sink = await startRawSink((socket) =>
		onHead(socket, (head) => {
			heads.push(head);
			// closing with unread bytes resets the connection
			socket.write(slowDown, () => socket.destroy());
		}),
	);
	const { send } = openTransport();
	for (let round = 0; round < 20; round++) {
		const body = bodyOf(large);
		heads.length = 0;
		const first = await send(sink.url, body).catch((error: unknown) => error);
		expect(heads[0]).not.toContain("Expect:");
		if (first instanceof Response) {
			expect(first.status).toBe(503);
			continue;
		}
		expect(first).toSatisfy(isNetworkFailure);
		expect((await send(sink.url, body)).status).toBe(503);
		expect(heads[1]).toContain("Expect: 100-continue");
	}
});

test("after a reset, the body follows 100 Continue without delay", async () => {
	const sink = await startRawSink((socket, index) =>
		onHead(socket, () => {
			if (index === 0) return socket.resetAndDestroy();
			socket.write("HTTP/1.1 100 Continue\r\n\r\n");
			let left = large.length;
			socket.on("data", (chunk) => {
				left -= chunk.length;
				if (left === 0) socket.end(ok);
			});
			socket.resume();
		}),
	);
	const { send } = openTransport();
	const body = bodyOf(large);
	expect(await rejection(send(sink.url, body))).toSatisfy(isNetworkFailure);
	// the timer that sends the body anyway never fires
	vi.useFakeTimers({ toFake: ["setTimeout"] });
	onTestFinished(() => void vi.useRealTimers());
	expect((await send(sink.url, body)).status).toBe(200);
});

test("without 100 Continue the body is sent after a second", async () => {
	const sink = await startRawSink((socket, index) => {
		if (index === 0) return onHead(socket, () => socket.resetAndDestroy());
		onWhole(socket, large.length, () => socket.end(ok));
	});
	const { send } = openTransport();
	const body = bodyOf(large);
	expect(await rejection(send(sink.url, body))).toSatisfy(isNetworkFailure);
	expect((await send(sink.url, body)).status).toBe(200);
});

test("after 417 the next attempt sends the body without an expectation", async () => {
	const sink = await startRawSink((socket, index) => {
		if (index === 0) return onHead(socket, () => socket.resetAndDestroy());
		if (index === 2) return onWhole(socket, large.length, () => socket.end(ok));
		onHead(socket, () => socket.end("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"));
	});
	const { send } = openTransport();
	const body = bodyOf(large);
	expect(await rejection(send(sink.url, body))).toSatisfy(isNetworkFailure);
	expect(await rejection(send(sink.url, body))).toSatisfy(isNetworkFailure);
	expect((await send(sink.url, body)).status).toBe(200);
});

test.each([
	["before a byte is read", 0],
	["in the middle of the body", 5 * mebibyte],
])("a reset %s is a network failure with its cause", async (_name, limit) => {
	const sink = await startRawSink((socket) => {
		let read = 0;
		if (limit === 0) return socket.resetAndDestroy();
		socket.on("data", (chunk) => {
			read += chunk.length;
			if (read > limit) socket.resetAndDestroy();
		});
	});
	const error = await rejection(openTransport().send(sink.url, bodyOf(large)));
	expect(error).toSatisfy(isNetworkFailure);
	expect(error).toMatchObject({ cause: { code: expect.stringMatching(/ECONNRESET|EPIPE/) } });
});

test("a response lost after the whole body is a network failure", async () => {
	const sink = await startRawSink((socket) => onWhole(socket, 5, () => socket.destroy()));
	expect(await rejection(openTransport().send(sink.url, bodyOf(Buffer.from("hello"))))).toSatisfy(
		isNetworkFailure,
	);
});

test.each([
	["nonsense", "SSH-2.0-OpenSSH\r\n\r\n"],
	["a success that is cut short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<Err"],
	["a status that does not exist", "HTTP/1.1 999 What\r\nContent-Length: 0\r\n\r\n"],
	["a switch of protocols", "HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"],
])("%s is a network failure", async (_name, answer) => {
	const sink = await startRawSink((socket) => onWhole(socket, 5, () => socket.end(answer)));
	expect(await rejection(openTransport().send(sink.url, bodyOf(Buffer.from("hello"))))).toSatisfy(
		isNetworkFailure,
	);
});

test("a truncated error response is still returned", async () => {
	const sink = await startRawSink((socket) =>
		onHead(socket, () => {
			socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n<Code>ExpiredToken</Code>");
		}),
	);
	const response = await openTransport().send(sink.url, bodyOf(Buffer.from("hello")));
	expect(response.status).toBe(403);
	expect(await response.text()).toContain("ExpiredToken");
});

test("a stale connection is a network failure, and the next attempt opens a new one", async () => {
	const sink = await startRawSink((socket, index) => {
		if (index > 0) return onWhole(socket, 5, () => socket.write(ok));
		let requests = 0;
		socket.on("data", (chunk: Buffer) => {
			if (chunk.includes("PUT") && requests++ > 0) socket.resetAndDestroy();
			else if (chunk.includes("hello")) socket.write(ok);
		});
	});
	const { send } = openTransport();
	const body = () => bodyOf(Buffer.from("hello"));
	expect((await send(sink.url, body())).status).toBe(200);
	expect(await rejection(send(sink.url, body()))).toSatisfy(isNetworkFailure);
	expect((await send(sink.url, body())).status).toBe(200);
	expect(sink.accepted()).toBe(2);
});

test("a refused connection is a network failure", async () => {
	const error = await rejection(openTransport().send("http://127.0.0.1:1/", bodyOf(large)));
	expect(error).toSatisfy(isNetworkFailure);
	expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
});
