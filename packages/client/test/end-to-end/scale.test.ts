import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { defineUploads } from "@skyput/server";
import { createNodeHandler } from "@skyput/server/node";
import { createFetchHandler } from "@skyput/server/web";
import { expect, onTestFinished, test } from "vitest";
import {
	abilities,
	type MemoryProvider,
	memoryProvider,
} from "../../../server/test/support/memory-provider.js";
import type { Platform } from "../../src/platform.js";
import { createClientFor } from "../fakes/client.js";
import { createMemoryStore, unexplained } from "../fakes/platform.js";

// The largest file that S3 takes, with the real client and the real handler. Nothing in between has
// bytes: the file has a length, and the storage counts.

const partSize = 5 * 2 ** 30;
const partCount = 10_000;
const largest = partCount * partSize;

function simulate() {
	const { multipart } = abilities;
	if (!multipart) throw new Error("The storage has no multipart uploads");
	const provider = memoryProvider({
		...abilities,
		multipart: { ...multipart, maxObjectSize: largest },
	});
	const handler = createFetchHandler({
		uploads: defineUploads({ "films/:name": { authorize: "public" } }),
		provider,
		tokenSecret: "a secret of the tests, 32 bytes or more",
	});
	const calls: { operation: string; sent: number; received: number }[] = [];
	/** Of the parts that were stored, in order. */
	const sizes: number[] = [];
	const limit = { parts: Number.POSITIVE_INFINITY };
	const client = createClientFor(countingPlatform(provider, sizes, limit)).createClient({
		endpoint: "https://api.test/uploads",
		async fetch(request) {
			const sent = (await request.clone().text()).length;
			const response = await handler(request);
			const received = (await response.clone().text()).length;
			calls.push({ operation: new URL(request.url).pathname, sent, received });
			return response;
		},
	});
	return { provider, calls, sizes, limit, client };
}

/** Files are Blobs of which only the size is looked at; a part is taken as a storage would that verifies the signed length. */
function countingPlatform(
	{ begun }: MemoryProvider,
	sizes: number[],
	limit: { readonly parts: number },
): Platform {
	return {
		openResumeStore: () => Promise.reject(new Error("not asked for")),
		maxConcurrency: 16,
		hashers: { crc32: () => ({ update() {}, digest: () => "AAAAAA==" }) },
		openSource: async (file) => ({
			size: (file as Blob).size,
			identity: { name: "film.mp4", lastModified: 0 },
			slice: (start, end) => ({ size: end - start, async *chunks() {} }),
			close: async () => {},
		}),
		reachability: unexplained,
		memory: {
			toSource: () => {
				throw new Error("not asked for");
			},
			copies: false,
		},
		async send({ url }, { size }, { onSent }) {
			if (sizes.length >= limit.parts) return new Response(null, { status: 503 });
			const query = new URL(url).searchParams;
			const [upload] = begun.values();
			if (query.get("signature") !== `${size}`) return new Response(null, { status: 400 });
			upload?.parts.set(Number(query.get("part")), size);
			onSent(size);
			sizes.push(size);
			return new Response(null, { headers: { etag: `"${query.get("part")}"` } });
		},
	};
}

const fileOf = (size: number): Blob => Object.defineProperty(new Blob(), "size", { value: size });

test("a file of 50 TB goes in 10,000 parts of 5 GiB, with few calls, small answers and every page of the list", async () => {
	const { provider, calls, sizes, client } = simulate();
	const loaded: number[] = [];
	const upload = client.uploadFile(fileOf(largest - 1), "films/long", {
		onProgress: (progress) => loaded.push(progress.loaded),
	});
	const result = await upload;

	expect(result).toMatchObject({ key: "films/long", size: largest - 1 });
	expect(provider.objects.get("films/long")?.size).toBe(largest - 1);
	expect(provider.begun.size).toBe(0);
	expect(sizes).toEqual([...Array(partCount - 1).fill(partSize), partSize - 1]);
	const { events } = upload.report();
	expect(events.filter(({ type }) => type === "parts")).toEqual([
		expect.objectContaining({
			stored: partCount,
			median: expect.any(Number),
			p99: expect.any(Number),
		}),
	]);
	expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
	expect(loaded.at(-1)).toBe(largest - 1);
	// windows of 500 parts follow the first one of 32
	const operations = calls.map(({ operation }) => operation);
	// the check of the operations, beside the first bytes
	expect(operations.filter((operation) => operation === "/uploads/list")).toHaveLength(1);
	expect(operations.filter((operation) => operation !== "/uploads/list")).toEqual([
		"/uploads",
		...Array(Math.ceil((partCount - 32) / 500)).fill("/uploads/parts"),
		"/uploads/complete",
	]);
	expect(Math.max(...calls.map(({ received }) => received))).toBeLessThan(100_000);
	// no call grows with the file
	expect(Math.max(...calls.map(({ sent }) => sent))).toBeLessThan(8_000);
	// pages of 1,000 parts; the check of the route asks the storage for none
	expect(provider.calls.filter((name) => name === "listParts")).toHaveLength(10);
});

test("a file of 200 GB in 10,000 parts gets through a proxy that takes bodies of 8 kB at most", async () => {
	const size = 10_000 * 20 * 1024 ** 2;
	const provider = memoryProvider();
	const handler = createNodeHandler({
		uploads: defineUploads({ "films/:name": { authorize: "public", partSize: "20 MiB" } }),
		provider,
		tokenSecret: "a secret of the tests, 32 bytes or more",
	});
	const proxy = createServer(async (request, response) => {
		const body = await text(request);
		if (body.length > 8_192) return response.writeHead(413).end("<h1>Too large</h1>");
		await handler(Object.assign(request, { body }), response);
	}).listen(0, "127.0.0.1");
	await once(proxy, "listening");
	onTestFinished(() => void proxy.close());
	const sizes: number[] = [];
	const platform = countingPlatform(provider, sizes, { parts: Number.POSITIVE_INFINITY });
	const { port } = proxy.address() as AddressInfo;
	const client = createClientFor(platform).createClient({
		endpoint: `http://127.0.0.1:${port}/uploads`,
	});

	const result = await client.uploadFile(fileOf(size), "films/long");

	expect(result.size).toBe(size);
	expect(sizes).toHaveLength(10_000);
	expect(provider.objects.get("films/long")?.size).toBe(size);
});

test("a file of 50 TB that broke off at part 8,500 lists every page of what is stored, and sends the rest", async () => {
	const { provider, calls, sizes, limit, client } = simulate();
	const resume = createMemoryStore();
	const upload = () =>
		client.uploadFile(fileOf(largest), "films/long", { resume, retry: { limit: 0 } });
	limit.parts = 8_500;
	await expect(upload()).rejects.toMatchObject({ code: "storage-unavailable" });
	const pages = provider.calls.length;
	calls.length = 0;
	sizes.length = 0;
	limit.parts = partCount;

	expect(await upload()).toMatchObject({ size: largest });
	expect(sizes).toEqual(Array(partCount - 8_500).fill(partSize));
	const lists = calls.filter(({ operation }) => operation === "/uploads/list");
	expect(lists).toHaveLength(9);
	expect(Math.max(...lists.map(({ received }) => received))).toBeLessThan(100_000);
	// nine for the client, and all ten for the commit
	const listed = provider.calls.slice(pages).filter((name) => name === "listParts");
	expect(listed).toHaveLength(19);
	expect(provider.objects.get("films/long")?.size).toBe(largest);
});

test("a file above the largest is refused before anything is begun", async () => {
	const { provider, client } = simulate();
	await expect(client.uploadFile(fileOf(largest + 1), "films/long")).rejects.toMatchObject({
		code: "too-large",
	});
	expect(provider.calls).toEqual([]);
});
