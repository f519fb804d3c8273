import { expect, test } from "vitest";
import { bodyOf, onHead, openTransport, startRawSink, startSink } from "./sink.js";

test("the response is a standard Response with status, headers and body", async () => {
	const sink = await startSink((request, response) => {
		request.resume();
		response.writeHead(400, "Bad Request", [
			["ETag", '"e"'],
			["X-Twice", "1"],
			["X-Twice", "2"],
		] as never);
		response.end("<Error><Code>RequestTimeout</Code></Error>");
	});
	const response = await openTransport().send(sink.url, bodyOf(Buffer.from("x")));
	expect(response).toBeInstanceOf(Response);
	expect(response.ok).toBe(false);
	expect([response.status, response.statusText]).toEqual([400, "Bad Request"]);
	expect(response.headers.get("etag")).toBe('"e"');
	expect(response.headers.get("x-twice")).toBe("1, 2");
	expect(await response.text()).toContain("RequestTimeout");
});

test.each([204, 205, 304])("a response of status %i has no body", async (status) => {
	const sink = await startSink((request, response) => {
		request.resume();
		response.writeHead(status).end();
	});
	const response = await openTransport().send(sink.url, bodyOf(Buffer.from("x")));
	expect([response.status, response.body]).toEqual([status, null]);
});

test("a redirect is returned and not followed", async () => {
	let calls = 0;
	const sink = await startSink((request, response) => {
		calls++;
		request.resume();
		response.writeHead(307, { location: "/elsewhere" }).end();
	});
	const response = await openTransport().send(sink.url, bodyOf(Buffer.from("x")));
	expect([response.status, response.headers.get("location"), calls]).toEqual([
		307,
		"/elsewhere",
		1,
	]);
});

test("an endless response is cut after 64 KiB, and its connection is closed", async () => {
	const sink = await startRawSink((socket) =>
		onHead(socket, () => {
			socket.write("HTTP/1.1 400 Bad Request\r\n\r\n");
			const pour = () => {
				while (!socket.destroyed && socket.write("x".repeat(16_384)));
			};
			socket.on("drain", pour);
			pour();
		}),
	);
	const response = await openTransport().send(sink.url, bodyOf(Buffer.from("x")));
	expect(response.status).toBe(400);
	expect((await response.arrayBuffer()).byteLength).toBeLessThan(256 * 1024);
	await expect.poll(() => sink.sockets.size).toBe(0);
});
