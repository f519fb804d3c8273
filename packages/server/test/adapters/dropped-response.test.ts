import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { createNodeHandler } from "../../src/adapters/node.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import { createBody, defaultUploads, tokenSecret } from "../support/call.js";
import { memoryProvider } from "../support/memory-provider.js";

test("a request and response of another kind are refused, and named in the log, where the framework swallows the error", async () => {
	const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn() };
	const provider = memoryProvider();
	const handler = createNodeHandler({ uploads: defaultUploads, provider, tokenSecret, log });
	const ofFastify = { raw: {} } as never;
	await expect(handler(ofFastify, ofFastify)).rejects.toThrow("pass request.raw and reply.raw");
	expect(JSON.parse(log.error.mock.calls[0]?.[0] ?? "")).toMatchObject({
		reason: expect.stringContaining("pass request.raw and reply.raw"),
	});
});

test("where the body breaks off, as in Bun when the route has answered, the log names the route", async () => {
	const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn() };
	const provider = memoryProvider();
	const handler = createFetchHandler({ uploads: defaultUploads, provider, tokenSecret, log });
	const body = new ReadableStream({
		pull(controller) {
			controller.error(new DOMException("The connection was closed.", "AbortError"));
		},
	});
	const headers = { "content-type": "application/json" };
	const init = { method: "POST", headers, body, duplex: "half" as const };
	await handler(new Request("http://localhost/uploads", init));
	expect(JSON.parse(log.warn.mock.calls[0]?.[0] ?? "")).toMatchObject({
		reason: expect.stringMatching(/ended early: .*the route answered before the handler/),
	});
});

test("where the framework has sent the response before the handler, the log says so, with the call's request id", async () => {
	const log = { error: vi.fn(), warn: vi.fn(), info: vi.fn() };
	const handler = createNodeHandler({
		uploads: defaultUploads,
		provider: memoryProvider(),
		principal: () => ({ sub: "u1" }),
		tokenSecret,
		log,
	});
	const server = createServer((request, response) => {
		void handler(request, response);
		response.writeHead(404).end();
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	const headers = { "content-type": "application/json", "x-request-id": "request-1" };
	const body = JSON.stringify(createBody);
	await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
	await vi.waitFor(() => expect(log.error).toHaveBeenCalledOnce(), { timeout: 240_000 });
	expect(JSON.parse(log.error.mock.calls[0]?.[0] ?? "")).toMatchObject({
		level: "ERROR",
		requestId: "request-1",
		reason: expect.stringMatching(/sent before .* its route must return or await the handler/),
	});
});
