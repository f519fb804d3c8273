import http from "node:http";
import type { AddressInfo } from "node:net";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { closedOrigin } from "../../../../tools/closed-origin.js";
import { openSource } from "../../src/browser/blob-source.js";
import { createClient, type UploadSource } from "../../src/browser/index.js";
import { createBrowserPlatform } from "../../src/browser/platform.js";
import type { SendOptions } from "../../src/platform.js";
import { NetworkError } from "../../src/transport-errors.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";

let server: http.Server;
let origin: string;
let backend: Backend;

beforeAll(async () => {
	server = http.createServer((request, response) => {
		if (request.url === "/reset") return void request.socket.resetAndDestroy();
		if (request.url === "/silent") return void request.resume();
		if (request.url === "/moved") return void response.writeHead(307, { location: "/200" }).end();
		if (request.url === "/cut") {
			response.writeHead(200, { "content-length": 10 }).write("half", () => response.destroy());
			return;
		}
		const { method, headers } = request;
		let size = 0;
		request.on("data", (chunk) => {
			size += chunk.length;
		});
		request.on("end", () => {
			const { "content-length": length, "content-type": type, "x-own": own } = headers;
			response.setHeader("x-seen", JSON.stringify({ method, size, length, type, own }));
			response.writeHead(Number(request.url?.slice(1))).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public" } }),
	});
});
beforeEach(() => backend.clear());
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await backend.close();
});
afterEach(() => void vi.useRealTimers());

async function send(path: string, size = 10, options: Partial<SendOptions> = {}) {
	const source = (await openSource(new Blob([bytes(size)], { type: "image/png" }))) as UploadSource;
	const request = { method: "PUT", url: origin + path, headers: { "x-own": "1" } };
	return await createBrowserPlatform().send(request, source.slice(0, size), {
		signal: new AbortController().signal,
		stallTimeout: 30_000,
		onSent: () => {},
		...options,
	});
}

describe("a request where there is no XMLHttpRequest", () => {
	it.each([10, 0])("sends %i bytes with their length, and no type of its own", async (size) => {
		const seen = (await send("/200", size)).headers.get("x-seen") ?? "";
		expect(JSON.parse(seen)).toEqual({ method: "PUT", size, length: `${size}`, own: "1" });
	});

	it.each([204, 403, 412, 503])("resolves with an answer of %i", async (status) => {
		expect((await send(`/${status}`)).status).toBe(status);
	});

	it("tells that all bytes have left once the storage answers", async () => {
		const sent: number[] = [];
		await send("/200", 1_000, { onSent: (count) => sent.push(count) });
		expect(sent).toEqual([0, 1_000]);
	});

	it("shows that it was redirected", async () => {
		expect(await send("/moved")).toMatchObject({ status: 200, redirected: true });
	});

	it.each(["/reset", "/cut"])(
		"rejects a lost connection as a network failure: %s",
		async (path) => {
			await expect(send(path)).rejects.toBeInstanceOf(NetworkError);
		},
	);

	it("rejects with the reason of its signal", async () => {
		const controller = new AbortController();
		server.once("request", () => controller.abort("enough"));
		const sending = send("/silent", 10, { signal: controller.signal });
		await expect(sending).rejects.toBe("enough");
		await expect(send("/200", 10, { signal: AbortSignal.abort("no") })).rejects.toBe("no");
	});

	it("ends when no answer comes in four times the stall timeout", async () => {
		const sending = send("/silent", 10, { stallTimeout: 50 });
		await expect(sending).rejects.toMatchObject({ name: "StallError", milliseconds: 200 });
	});

	it("gives a large body the time that a slow connection needs", async () => {
		vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
		let moves = 0;
		const arrived = new Promise((resolve) => server.once("request", resolve));
		const onSent = (): void => void moves++;
		const sending = send("/silent", 2 ** 20, { stallTimeout: 1_000, onSent });
		const advance = async (): Promise<number> => {
			await arrived;
			// 32 s for the body at 32 KiB/s
			vi.advanceTimersByTime(31_000);
			const before = moves;
			vi.advanceTimersByTime(1_000 + 4_000);
			return before;
		};
		const failed = expect(sending).rejects.toMatchObject({ name: "StallError" });
		const [before] = await Promise.all([advance(), failed]);
		expect(before).toBeGreaterThan(30);
		expect(moves - before).toBeLessThan(6);
	});
});

describe("an upload where there is neither XMLHttpRequest nor a page", () => {
	const client = () => createClient({ endpoint: backend.endpoint, multipartThreshold: 1_000 });

	it.each([1_000, 20_000_000])("stores %i bytes", async (size) => {
		const content = bytes(size);
		const seen = new Set<number>();
		const { key, verified } = await client().uploadFile(content, `files/${size}`, {
			onProgress: ({ loaded }) => void seen.add(loaded),
		});
		expect(verified).toBe(true);
		expectSameBytes(await backend.read(key), content);
		expect(seen).toContain(size);
	});

	it("stores a stream", async () => {
		const content = bytes(20_000_000);
		const { key } = await client().uploadFile(new Blob([content]).stream(), "files/stream");
		expectSameBytes(await backend.read(key), content);
	});

	it("tells a lost connection to a storage that answers as that", async () => {
		const retry = { networkLimit: 1 };
		const running = createClient({
			endpoint: backend.endpoint,
			retry,
			fetch: async (request) => {
				const plan = await (await fetch(request)).json();
				return Response.json({ ...plan, request: { ...plan.request, url: `${origin}/reset` } });
			},
		}).uploadFile(bytes(3), "files/reset");
		expect(await failureOf(running)).toMatchObject({ code: "network", retryable: true });
	});

	it("tells an endpoint that cannot be reached as that, and not as the page's fault", async () => {
		const endpoint = `${closedOrigin}/uploads`;
		const retry = { networkLimit: 1 };
		const running = createClient({ endpoint, retry }).uploadFile(bytes(3), "files/a");
		const error = await failureOf(running);
		expect(error).toMatchObject({ code: "network" });
		expect(error.message).toContain(closedOrigin);
	});
});
