import { AsyncLocalStorage } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { createMemoryStore } from "../fakes/platform.js";

async function startServer(listener: RequestListener): Promise<string> {
	const server = createServer(listener);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("all callbacks of an upload run in the async context of the call that began it", async () => {
	const size = 3_000_000;
	const request = {
		method: "PUT",
		headers: {},
		receiptHeader: null,
		expiresIn: 300,
		expiresAt: "2030-01-01T00:00:00Z",
	};
	const url = await startServer(async (incoming, response) => {
		const body = await buffer(incoming);
		if (incoming.method === "PUT") return response.end();
		const { key } = JSON.parse(String(body));
		response.writeHead(201, { "content-type": "application/json" }).end(
			JSON.stringify({
				v: 1,
				kind: "single",
				key,
				uploadId: "u",
				token: "t",
				request: { ...request, url: `${url}/${key}` },
				confirm: false,
				algorithm: "crc32",
			}),
		);
	});
	const context = new AsyncLocalStorage<string>();
	const seen = new Map<string, Set<string | undefined>>();
	const see = (callback: string): void => {
		const contexts = seen.get(callback) ?? new Set();
		seen.set(callback, contexts.add(context.getStore()));
	};
	// one connection, opened by the first upload and used by the second
	const client = createClient({ endpoint: url, concurrency: 1 });
	const store = createMemoryStore();
	const upload = (name: string): Promise<unknown> =>
		context.run(name, () => {
			const upload = client.uploadFile(randomBytes(size), name, {
				onProgress: () => see(`onProgress of ${name}`),
				headers: () => {
					see(`headers of ${name}`);
					return {};
				},
				fetch: (call) => {
					see(`fetch of ${name}`);
					return fetch(call);
				},
				resume: store,
			});
			// whoever subscribes, pauses and resumes has a context of its own
			context.run("elsewhere", () => {
				upload.subscribe(() => see(`listener of ${name}`));
				upload.pause();
				upload.resume();
			});
			return upload;
		});
	await Promise.all([upload("first"), upload("second")]);
	const callbacks = ["onProgress", "headers", "fetch", "listener"];
	expect(Object.fromEntries(seen)).toEqual(
		Object.fromEntries(
			["first", "second"].flatMap((name) =>
				callbacks.map((callback) => [`${callback} of ${name}`, new Set([name])]),
			),
		),
	);
});
