import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { bytes, failureOf } from "../fakes/values.js";

// An endpoint that belongs to somebody else, with real sockets: what it can make a client do.

const closers: (() => void)[] = [];
afterEach(() => {
	for (const close of closers.splice(0)) close();
});

type Answer = (request: IncomingMessage, response: ServerResponse, origin: string) => void;

async function listen(answer: Answer) {
	const seen: { readonly method: string; readonly path: string; readonly headers: object }[] = [];
	const server = createServer((request, response) => {
		const { method = "", url = "", headers } = request;
		seen.push({ method, path: url, headers });
		request.resume();
		request.on("end", () => answer(request, response, origin));
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	closers.push(() => {
		server.closeAllConnections();
		server.close();
	});
	return { origin, seen };
}

const json = (response: ServerResponse, status: number, value: unknown): void => {
	response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
};

const validity = { expiresIn: 300, expiresAt: new Date(Date.now() + 300_000).toISOString() };
const identity = { v: 1, key: "a", uploadId: "id", token: "secret-token" };
const store: Answer = (_, response) => void response.writeHead(200, { etag: '"e"' }).end();
const retry = { limit: 2, networkLimit: 2 };

/** Uploads to an endpoint that answers create with this plan. */
async function uploadBy(plan: (storage: string) => object, size = 20) {
	const storage = await listen(store);
	const endpoint = await listen((_, response) => json(response, 201, plan(storage.origin)));
	const client = createClient({ endpoint: endpoint.origin, retry });
	const error = await failureOf(client.uploadFile(bytes(size), "a"));
	return { error, sent: storage.seen };
}

test.each([
	["DELETE", {}, "has a bad method DELETE."],
	["POST", {}, "POST"],
	["PUT", { Host: "internal.example" }, "has a bad header Host."],
	["PUT", { "transfer-encoding": "chunked" }, "transfer-encoding"],
	["PUT", { cookie: "session=1" }, "cookie"],
	["PUT", { "Content-Length": "3" }, "Content-Length"],
	["PUT", { connection: "upgrade", upgrade: "h2c" }, "connection"],
	["PUT", { "Proxy-Authorization": "Basic eA==" }, "Proxy-Authorization"],
	["PUT", { "sec-fetch-site": "none" }, "sec-fetch-site"],
	["PUT", { "X-HTTP-Method-Override": "DELETE" }, "X-HTTP-Method-Override"],
	["PUT", { "x-http-method": "DELETE" }, "x-http-method"],
])("a plan with %s and headers %o is not carried out", async (method, headers, named) => {
	const request = { method, headers, receiptHeader: "etag", ...validity };
	const single = await uploadBy((storage) => ({
		...identity,
		kind: "single",
		request: { ...request, url: `${storage}/b/a` },
		confirm: false,
	}));
	const window = { ...request, first: 1, count: 1, values: ["x"] };
	const parts = await uploadBy((storage) => ({
		...identity,
		kind: "multipart",
		size: 20,
		partSize: 20,
		partCount: 1,
		window: { ...window, urls: [`${storage}/b/a?n={partNumber}&s={value}`] },
	}));
	for (const { error, sent } of [single, parts]) {
		expect(error).toMatchObject({ code: "unsupported" });
		expect(error.message).toContain(named);
		expect(sent).toEqual([]);
	}
});

test.each([
	"file:///etc/passwd",
	"ftp://storage.example/a",
	"javascript:alert(1)",
	"data:,x",
	"//storage.example/a",
])("a plan for %s is not carried out", async (url) => {
	const request = { method: "PUT", url, headers: {}, receiptHeader: "etag", ...validity };
	const { error } = await uploadBy(() => ({
		...identity,
		kind: "single",
		request,
		confirm: false,
	}));
	expect(error).toMatchObject({ code: "unsupported" });
	expect(error.message).toContain("plan has a bad URL.");
});

test.each(["javascript:alert(1)", "data:text/html,x", "//evil.example/a", "", null, 7])(
	"a download URL of %j is not handed to the app",
	async (url) => {
		const endpoint = await listen((_, response) => json(response, 200, { url, method: "GET" }));
		const client = createClient({ endpoint: endpoint.origin, retry });
		expect(await failureOf(client.downloadUrl("a"))).toMatchObject({ code: "unsupported" });
	},
);

test("a plan of millions of parts is refused before a part is made", async () => {
	const sizes = [
		[20, 0.000_001],
		[60_000, 1],
	] as const;
	for (const [size, partSize] of sizes) {
		const plan = (storage: string) => ({
			...identity,
			kind: "multipart",
			size,
			partSize,
			partCount: Math.ceil(size / partSize),
			window: {
				...validity,
				first: 1,
				count: 1,
				method: "PUT",
				urls: [storage],
				values: ["x"],
				headers: {},
				receiptHeader: null,
			},
		});
		const { error, sent } = await uploadBy(plan, size);
		expect(error).toMatchObject({ code: "unsupported" });
		expect(sent).toEqual([]);
	}
});

test.each([{ key: 7 }, { size: 19 }, { size: "20" }])(
	"an upload that the endpoint completes with %o is not told as stored",
	async (members) => {
		const storage = await listen(store);
		const request = {
			...validity,
			method: "PUT",
			url: `${storage.origin}/b/a`,
			headers: {},
			receiptHeader: "etag",
		};
		const endpoint = await listen((incoming, response) => {
			if (incoming.url !== "/") {
				return json(response, 200, { key: "a", size: 20, verified: true, ...members });
			}
			json(response, 201, { ...identity, kind: "single", request, confirm: true });
		});
		const client = createClient({ endpoint: endpoint.origin, retry });
		const error = await failureOf(client.uploadFile(bytes(20), "a"));
		expect(error).toMatchObject({ code: "unsupported" });
	},
);

test.each([301, 302, 307, 308])(
	"a redirect by %i to another origin gets neither headers nor token",
	async (status) => {
		const other = await listen((_, response) => json(response, 201, {}));
		const endpoint = await listen((_, response) => {
			response.writeHead(status, { location: `${other.origin}/elsewhere` }).end();
		});
		const client = createClient({
			endpoint: endpoint.origin,
			headers: { "x-session": "secret" },
			retry,
		});
		const error = await failureOf(client.uploadFile(bytes(20), "a", { metadata: { secret: "1" } }));
		expect(error.message).toContain("redirects");
		expect(other.seen).toEqual([]);
	},
);

test.each([200, 201, 400, 503])(
	"an endless answer with status %i is not read beyond what the contract allows",
	async (status) => {
		let written = 0;
		const chunk = Buffer.alloc(65_536, 32);
		const endpoint = await listen((_, response) => {
			response.writeHead(status, { "content-type": "application/json" });
			const write = (): void => {
				while (!response.destroyed && written < 200_000_000) {
					written += chunk.length;
					if (!response.write(chunk)) return;
				}
			};
			response.on("drain", write);
			write();
		});
		const client = createClient({
			endpoint: endpoint.origin,
			retry: { limit: 0, networkLimit: 0 },
		});
		const error = await failureOf(client.uploadFile(bytes(20), "a"));
		expect(error.name).toBe("UploadError");
		// what sockets and streams hold beyond the megabyte that is read
		expect(written).toBeLessThan(50_000_000);
	},
);
