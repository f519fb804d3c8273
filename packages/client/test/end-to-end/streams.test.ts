import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip, gunzipSync } from "node:zlib";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Client, createClient } from "../../src/node/index.js";
import type { UploadInput } from "../../src/public-types.js";
import { crcOf } from "../fakes/platform.js";
import { bytes, failureOf } from "../fakes/values.js";

const mebibyte = 2 ** 20;
const partSize = 16 * mebibyte;
const content = bytes(2 * partSize + 1_000_003);

let backend: Backend;
const read = async (key: string): Promise<Uint8Array> => {
	const stored = await backend.read(key);
	if (!stored) throw new Error(`${key} is not stored`);
	return stored;
};
/** The paths and tokens of all calls, the newest last. */
let calls: { path: string; body: { token?: string; lastSize?: number } }[];
let client: Client;

beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({
			"any/:name": { authorize: "public", maxSize: "50 GB" },
			"endless/:name": { authorize: "public" },
			"small/:name": { authorize: "public", maxSize: "5 MB" },
			"middle/:name": { authorize: "public", maxSize: "20 MiB" },
		}),
	});
	calls = [];
	client = createClient({
		endpoint: backend.endpoint,
		fetch: async (request) => {
			const path = new URL(request.url).pathname.split("/").at(-1) ?? "";
			calls.push({ path, body: await request.clone().json() });
			return await fetch(request);
		},
	});
});

beforeEach(() => backend.clear());
afterAll(() => backend.close());

function* pieces(data: Uint8Array): Generator<Uint8Array> {
	for (let start = 0; start < data.length; start += 65_537) {
		yield data.subarray(start, start + 65_537);
	}
}

/** What the storage holds of the upload begun last: 404 when there is nothing. */
async function statusOfParts(): Promise<number> {
	const token = calls.findLast(({ body }) => body.token)?.body.token;
	const list = {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ token }),
	};
	return (await fetch(`${backend.endpoint}/list`, list)).status;
}

/** Bytes that a server sends over HTTP, whole or cut off. */
async function download(data: Uint8Array, sent: number): Promise<http.IncomingMessage> {
	const server = http.createServer((_, response) => {
		response.writeHead(200, { "content-length": data.length });
		response.write(data.subarray(0, sent), () => {
			if (sent < data.length) response.destroy();
			else response.end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	return await new Promise((resolve, reject) => {
		http.get({ host: "127.0.0.1", port, agent: false }, resolve).on("error", reject);
	});
}

async function fileStream(): Promise<Readable> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	await writeFile(join(folder, "a"), content);
	return createReadStream(join(folder, "a"));
}

describe("a stream through the real handler to the strict storage", () => {
	test.each<[string, () => UploadInput | Promise<UploadInput>]>([
		["an async generator", () => Readable.from(pieces(content))],
		["a web stream", () => new Blob([content]).stream()],
		["a file's stream", fileStream],
		["a download's body", () => download(content, content.length)],
	])("%s is stored byte for byte, and its checksum is verified", async (name, make) => {
		const result = await client.uploadFile(await make(), `any/${name.length}`);
		expect(result).toMatchObject({
			size: content.length,
			checksum: { algorithm: "crc32", value: crcOf(content) },
		});
		expect(Buffer.compare(await read(result.key), content)).toBe(0);
		expect(calls.findLast(({ path }) => path === "parts")?.body.lastSize).toBe(1_000_003);
	});

	test.each([0, 1, partSize - 1, partSize, partSize + 1, 2 * partSize])(
		"%d bytes, at every edge of a part, of unknown and of known length",
		async (size) => {
			const data = content.subarray(0, size);
			for (const options of [{}, { size }]) {
				const key = `any/${size}-${Object.keys(options).length}`;
				const result = await client.uploadFile(Readable.from(pieces(data)), key, options);
				expect(result.size).toBe(size);
				expect(Buffer.compare(await read(key), data)).toBe(0);
			}
		},
	);

	test("where a file may grow to the storage's own limit, parts are larger than what is held back", async () => {
		const stream = Readable.from(pieces(content));
		const { size } = await client.uploadFile(stream, "endless/a");
		expect(size).toBe(content.length);
		expect(Buffer.compare(await read("endless/a"), content)).toBe(0);
		expect(calls.findLast(({ path }) => path === "parts")?.body.lastSize).toBe(content.length);
	});

	test("what is made on the way has no length beforehand", async () => {
		const made = Readable.from(pieces(content)).pipe(createGzip());
		const { size } = await client.uploadFile(made, "any/gz");
		const held = await read("any/gz");
		expect(held.length).toBe(size);
		expect(Buffer.compare(gunzipSync(held), content)).toBe(0);
	});
});

describe("a stream that the storage must not keep", () => {
	test.each([
		["small/long", "without room for one part"],
		["middle/long", "in the middle"],
	])("%s is larger than its rule allows, %s", async (key) => {
		const error = await failureOf(client.uploadFile(Readable.from(pieces(content)), key));
		expect(error).toMatchObject({ code: "too-large", status: 413, retryable: false });
		expect(await statusOfParts()).toBe(404);
	});

	test("a length that the rule does not allow is refused before anything is begun", async () => {
		const before = calls.length;
		const stream = Readable.from(pieces(content));
		const error = await failureOf(
			client.uploadFile(stream, "middle/long", { size: content.length }),
		);
		expect(error.code).toBe("too-large");
		expect(calls.slice(before).map(({ path }) => path)).not.toContain("abort");
		expect(stream.destroyed).toBe(true);
	});

	test("a download that breaks off in the middle leaves nothing behind", async () => {
		const broken = await download(content, partSize + 100_000);
		const error = await failureOf(client.uploadFile(broken, "any/broken"));
		expect(error).toMatchObject({ code: "invalid-request", cause: { code: "ECONNRESET" } });
		expect(await statusOfParts()).toBe(404);
	});

	test("a stream that is longer than it was said to be", async () => {
		const stream = Readable.from(pieces(content));
		const size = content.length - 1;
		const error = await failureOf(client.uploadFile(stream, "any/wrong", { size }));
		expect(error.code).toBe("invalid-size");
		expect(await statusOfParts()).toBe(404);
	});
});
