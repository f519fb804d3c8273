import { defineUploads } from "@skyput/server";
import { type Backend, type BackendStorage, startBackend, startS3Server } from "@skyput/testing";
import { afterEach, describe, expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { bytes, failureOf } from "../fakes/values.js";

const uploads = defineUploads({ "files/*path": { authorize: "public", partSize: "5 MiB" } });
const closing: { close(): Promise<void> }[] = [];
const lines: string[] = [];
const write = (line: string): void => void lines.push(line);

afterEach(async () => {
	lines.length = 0;
	for (const server of closing.splice(0).toReversed()) await server.close();
});

/** @param declared - Whether the provider knows of the Object Lock. */
async function start(declared: boolean): Promise<Backend> {
	const server = await startS3Server({ objectLock: true });
	closing.push(server);
	const { capabilities } = server;
	const checksums = { ...capabilities.checksums, required: declared };
	const storage: BackendStorage = { ...server, capabilities: { ...capabilities, checksums } };
	const log = { error: write, warn: write, info: write };
	const backend = await startBackend({ uploads, storage, handler: { log } });
	closing.push(backend);
	return backend;
}

const large = bytes(5 * 2 ** 20 + 7);
const stream = (content: Uint8Array<ArrayBuffer>) => new Blob([content]).stream();
const sources = [
	["one request", () => bytes(1_000)],
	["parts", () => large],
	["a short stream", () => stream(bytes(1_000))],
	["a stream in parts", () => stream(bytes(16 * 2 ** 20 + 7))],
] as const;

async function upload(
	{ endpoint, read }: Backend,
	file: (typeof sources)[number][1],
	checksum: boolean,
) {
	const options = { checksum, multipartThreshold: 1_000_000 };
	const result = await createClient({ endpoint }).uploadFile(file(), "files/a", options);
	const stored = await read(result.key);
	const sent = Buffer.from(await new Response(file()).arrayBuffer());
	expect(sent.equals(stored ?? Buffer.of())).toBe(true);
	return result;
}

describe("a bucket with Object Lock, whose provider says that digests are required,", () => {
	test.each(sources)("stores %s, with and without checksum", async (_, file) => {
		for (const checksum of [true, false]) {
			expect(await upload(await start(true), file, checksum)).toMatchObject({ verified: true });
		}
		expect(lines).toEqual([]);
	});
});

describe("a bucket with Object Lock, whose provider does not know it,", () => {
	test.each(sources)("stores %s with its digest", async (_, file) => {
		expect(await upload(await start(false), file, true)).toMatchObject({ verified: true });
	});

	test.each(sources.filter(([name]) => name.includes("parts")))(
		"stores %s without checksum by a second begin, and the log names the option",
		async (_, file) => {
			expect((await upload(await start(false), file, false)).size).toBeGreaterThan(0);
			expect(lines.join()).toContain("capabilities: { checksums: { required: true } }");
		},
	);

	test("names Content-MD5 and the option where one request goes without a digest", async () => {
		const { endpoint } = await start(false);
		const client = createClient({ endpoint });
		const error = await failureOf(client.uploadFile(bytes(9), "files/a", { checksum: false }));
		expect(error).toMatchObject({ code: "unsupported", retryable: false });
		expect(error.message).toMatch(/Content-MD5.*checksums: { required: true }/);
	});
});

describe("a plain URL for a bucket with Object Lock", () => {
	const get = (backend: Backend, query: string) => fetch(`${backend.endpoint}?key=files/${query}`);

	test("needs a digest, and the refusal shows how to give it", async () => {
		const response = await get(await start(true), "a");
		expect(response.status).toBe(400);
		expect(await response.json()).toMatchObject({
			code: "invalid-request",
			detail: expect.stringContaining("&checksum=crc32:"),
			errors: [{ field: "checksum" }],
		});
	});

	test("stores the body that has the digest, and no other", async () => {
		const backend = await start(true);
		// the MD5 of nothing; its plus signs, if any, need no encoding
		const response = await get(backend, "a&checksum=md5:1B2M2Y8AsgTpgAmY7PhCfg==");
		const { uploadURL, headers } = await response.json();
		expect(headers["content-md5"]).toBe("1B2M2Y8AsgTpgAmY7PhCfg==");
		const put = (body: string) => fetch(uploadURL, { method: "PUT", headers, body });
		expect((await put("other")).status).toBe(400);
		expect((await put("")).status).toBe(200);
	});
});
