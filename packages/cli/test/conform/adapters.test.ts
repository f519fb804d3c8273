import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineUploads } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { startBackend, startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import type { ConformSubject } from "../../src/conform/wire.js";
import { runWireCases } from "../../src/conform/wire-cases.js";

const origin = "https://app.example.com";
const log = { error() {}, warn() {}, info() {} };
const uploads = defineUploads({
	"files/:name": {
		authorize: "public",
		authorizeRead: "public",
		authorizeDelete: "public",
		maxSize: "1 GB",
	},
});
const handler = { cors: { origins: [origin] }, log };

/** What a right server gets: no case fails, and none is skipped but those that need two callers. */
async function expectConform(url: string, callers: Partial<ConformSubject> = {}): Promise<void> {
	const subject = {
		url,
		key: "files/{random}",
		contentType: "text/plain",
		headers: {},
		origin,
		refusedKey: "others/a",
		overwrite: false,
		...callers,
	};
	const outcomes = await runWireCases(subject);
	const others = outcomes.filter(({ outcome }) => outcome !== "passed").map(({ name }) => name);
	expect(others).toEqual(callers.otherHeaders ? [] : ["foreign-token"]);
}

test.each(["gateway", "node"] as const)("the %s handler conforms", async (runtime) => {
	const { endpoint, close } = await startBackend({ uploads, handler, runtime });
	onTestFinished(close);
	await expectConform(endpoint);
});

test("the web handler conforms, with two callers", async () => {
	const storage = await startS3Server();
	onTestFinished(storage.close);
	const { bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;
	const handle = createFetchHandler({
		...handler,
		uploads,
		tokenSecret: crypto.randomUUID(),
		principal: ({ headers }) => ({ sub: headers.get("x-user") ?? "nobody" }),
		provider: s3Provider({
			bucket,
			region,
			endpoint,
			credentials: { accessKeyId, secretAccessKey },
			forcePathStyle: true,
			compatibility: "aws",
		}),
	});
	const server = createServer(async (incoming, outgoing) => {
		const chunks: Buffer[] = [];
		for await (const chunk of incoming) chunks.push(chunk);
		const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
		const { method = "GET", url } = incoming;
		const body = method === "GET" || method === "OPTIONS" ? {} : { body: Buffer.concat(chunks) };
		const request = new Request(`http://localhost${url}`, {
			method,
			headers: Object.fromEntries(headers),
			...body,
		});
		const response = await handle(request);
		outgoing.writeHead(response.status, Object.fromEntries(response.headers));
		outgoing.end(await response.text());
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	onTestFinished(() => {
		server.close();
	});
	await expectConform(`http://127.0.0.1:${(server.address() as AddressInfo).port}/uploads`, {
		headers: { "x-user": "1" },
		otherHeaders: { "x-user": "2" },
	});
});
