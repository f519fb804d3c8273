import { buffer } from "node:stream/consumers";
import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import { Agent, type Dispatcher } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { createAgents, createSend } from "../../src/node/send.js";
import { openSource } from "../../src/node/sources/open.js";
import type { SendOptions, UploadSource } from "../../src/platform.js";
import { NetworkError } from "../../src/transport-errors.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";
import { startRawSink, startSink } from "./sink.js";

function openAgent(): Agent {
	const agent = new Agent();
	onTestFinished(() => agent.destroy());
	return agent;
}

async function put(url: string, size = 5, options: Partial<SendOptions> = {}): Promise<Response> {
	const source = (await openSource(bytes(size))) as UploadSource;
	return await createSend(createAgents(1))(
		{ method: "PUT", url, headers: { "x-own": "1" } },
		source.slice(0, size),
		{
			signal: new AbortController().signal,
			stallTimeout: 60_000,
			onSent: () => {},
			dispatcher: openAgent(),
			...options,
		},
	);
}

test.each([0, 5, 3_000_000])("%i bytes go through a dispatcher with their length", async (size) => {
	const seen: unknown[] = [];
	const sink = await startSink(async (request, response) => {
		const { method, url, headers } = request;
		const { "content-length": length, "x-own": own, "content-type": type } = headers;
		seen.push({ method, url, length, own, type });
		expectSameBytes(await buffer(request), bytes(size));
		response.writeHead(200, { etag: '"1"', "x-two": ["a", "b"] }).end("<ok/>");
	});
	const sent: number[] = [];
	let digested = 0;
	const update = (chunk: Uint8Array): void => {
		digested += chunk.length;
	};
	const hash = { update, digest: () => "" };
	const response = await put(sink.url, size, { onSent: (count) => sent.push(count), hash });
	expect(seen).toEqual([{ method: "PUT", url: "/key?sig=secret", length: `${size}`, own: "1" }]);
	expect([response.status, response.headers.get("etag")]).toEqual([200, '"1"']);
	expect(response.headers.get("x-two")).toBe("a, b");
	expect(await response.text()).toBe("<ok/>");
	expect(digested).toBe(size);
	expect(sent.at(-1) ?? 0).toBe(size);
});

test.each([204, 403, 503])("an answer of %i is a response", async (status) => {
	const sink = await startSink((request, response) =>
		request.resume().on("end", () => response.writeHead(status).end()),
	);
	expect((await put(sink.url)).status).toBe(status);
});

test("a lost connection is a network failure with the cause", async () => {
	const sink = await startRawSink((socket) => socket.once("data", () => socket.resetAndDestroy()));
	const error = await put(sink.url).catch((reason) => reason);
	expect(error).toBeInstanceOf(NetworkError);
	expect(error.cause).toMatchObject({ code: expect.any(String) });
});

test("an abort and a stall end the attempt", async () => {
	let arrived = (): void => {};
	const sink = await startSink((request) => {
		request.resume();
		arrived();
	});
	const controller = new AbortController();
	arrived = () => controller.abort("enough");
	await expect(put(sink.url, 5, { signal: controller.signal })).rejects.toBe("enough");
	arrived = () => {};
	const error = { name: "StallError", milliseconds: 200 };
	await expect(put(sink.url, 5, { stallTimeout: 50 })).rejects.toMatchObject(error);
});

test("a success before the whole body counts for nothing", async () => {
	const sink = await startRawSink((socket) =>
		socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")),
	);
	await expect(put(sink.url, 20_000_000)).rejects.toBeInstanceOf(NetworkError);
});

test("uploads go through the dispatcher of the option, and calls do not", async () => {
	const backend = await startBackend({
		uploads: defineUploads({ ":name": { authorize: "public", maxSize: "1 GB" } }),
	});
	onTestFinished(() => backend.close());
	const agent = openAgent();
	const paths: string[] = [];
	const dispatcher = agent.compose((next) => (options, handler) => {
		paths.push(`${options.method} ${options.path.replace(/\?.*/s, "")}`);
		return next(options, handler);
	});
	const content = bytes(20_000_000);
	const client = createClient({
		endpoint: backend.endpoint,
		dispatcher,
		multipartThreshold: 1_000,
	});
	await client.uploadFile(bytes(5), "small");
	expect(await client.uploadFile(content, "large")).toMatchObject({ verified: true });
	expectSameBytes(await backend.read("large"), content);
	expect(paths.map((path) => path.split("/").at(-1))).toEqual(["small", "large", "large"]);
	expect(paths.every((path) => path.startsWith("PUT "))).toBe(true);
});

test("what is no dispatcher, or is closed, ends the upload and names the option", async () => {
	const backend = await startBackend({
		uploads: defineUploads({ ":name": { authorize: "public" } }),
	});
	onTestFinished(() => backend.close());
	const { endpoint } = backend;
	const fail = async (dispatcher: object): Promise<unknown> =>
		(await failureOf(createClient({ endpoint, dispatcher }).uploadFile(bytes(5), "a"))).cause;
	expect(await fail({})).toMatchObject({
		message: expect.stringContaining("`dispatcher` must be"),
	});
	const closed: Dispatcher = new Agent();
	await closed.close();
	expect(await fail(closed)).toMatchObject({ code: expect.stringContaining("UND_ERR_") });
});
