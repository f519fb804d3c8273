import { mkdtemp, open, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { FileReference, KeyValueStorage, ReadFile } from "../../src/native/index.js";
import { bytes, expectSameBytes } from "../fakes/values.js";
import { type App, startApp } from "./start-app.js";

const partSize = 5 * 2 ** 20;
const content = bytes(4 * partSize + 123);

const uploads = defineUploads({
	"files/:name": { authorize: "public", partSize },
	"small/:name": { authorize: "public", contentTypes: ["image/*"], maxSize: "1 kB" },
});

let backend: Backend;
let folder: string;
let app: App;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-native-"));
	backend = await startBackend({ uploads });
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	await rm(folder, { recursive: true });
});
beforeEach(async () => {
	app = await startApp();
	onTestFinished(() => app.kill());
});

/** A file of the device, as a picker tells of it. */
async function pick(name: string, data: Uint8Array = content): Promise<FileReference> {
	const path = join(folder, name);
	await writeFile(path, data);
	const { href } = pathToFileURL(path);
	return { uri: href, name, type: "image/png", size: data.length, lastModified: 1_000 };
}

/** Ranges that were read, each by its size. */
let ranges: number[];
beforeEach(() => {
	ranges = [];
});

const readFile: ReadFile = async ({ uri }, start, end) => {
	const file = await open(join(folder, basename(uri)));
	try {
		const { buffer, bytesRead } = await file.read(
			new Uint8Array(end - start),
			0,
			end - start,
			start,
		);
		ranges.push(bytesRead);
		return buffer.subarray(0, bytesRead);
	} finally {
		await file.close();
	}
};

const kinds = (): string[] =>
	app.requests.filter(({ method }) => method === "PUT").map(({ kind }) => kind);
const failure = (upload: PromiseLike<unknown>): PromiseLike<{ code?: string; message?: string }> =>
	upload.then(
		() => ({ message: "it succeeded" }),
		(error: { code?: string; message?: string }) => error,
	);

test("a file is sent whole by native code, which nothing reads in JavaScript", async () => {
	const client = app.client.createClient({ endpoint: backend.endpoint, readFile });
	const seen: number[] = [];
	const upload = client.uploadFile(await pick("whole.png"), "files/whole.png", {
		onProgress: ({ loaded }) => seen.push(loaded),
	});
	expect(await upload).toMatchObject({ key: "files/whole.png", size: content.length });
	expectSameBytes(await backend.read("files/whole.png"), content);
	expect(kinds()).toEqual(["uri"]);
	expect(ranges).toEqual([]);
	expect(seen.length).toBeGreaterThan(1);
});

test("a large file is read and sent in parts", async () => {
	const client = app.client.createClient({
		endpoint: new URL(backend.endpoint),
		readFile,
		multipartThreshold: 1,
	});
	expect(await client.uploadFile(await pick("parts.png"), "files/parts.png")).toMatchObject({
		size: content.length,
	});
	expectSameBytes(await backend.read("files/parts.png"), content);
	expect(new Set(kinds())).toEqual(new Set(["base64"]));
	expect(new Set(ranges)).toEqual(new Set([partSize, 123]));
});

test("a File of expo-file-system reads its parts by itself", async () => {
	const { uri, name, size } = await pick("expo.png");
	let open = 0;
	const handle = () => {
		open++;
		return {
			offset: 0 as number | null,
			readBytes(length: number) {
				const start = this.offset ?? 0;
				return content.subarray(start, start + length);
			},
			close: () => void open--,
		};
	};
	const file = { uri, name, size, type: null, open: handle };
	const client = app.client.createClient({ endpoint: backend.endpoint, multipartThreshold: 1 });
	await client.uploadFile(file, "files/expo.png");
	expectSameBytes(await backend.read("files/expo.png"), content);
	expect(open).toBe(0);
});

test.each([1, 100_000_000])(
	"digests are verified where the app wants them, above %i",
	async (multipartThreshold) => {
		const client = app.client.createClient({
			endpoint: backend.endpoint,
			readFile,
			checksum: true,
			multipartThreshold,
		});
		const key = `files/verified-${multipartThreshold}.png`;
		const result = await client.uploadFile(await pick(basename(key)), key);
		expect(result).toMatchObject({ verified: true, size: content.length });
		expectSameBytes(await backend.read(key), content);
	},
);

test("bytes are sent too", async () => {
	const client = app.client.createClient({ endpoint: backend.endpoint, checksum: true });
	const result = await client.uploadFile(bytes(1_000), "files/bytes");
	expect(result).toMatchObject({ size: 1_000, verified: true });
	expect(kinds()).toEqual(["base64"]);
});

describe("a file is refused, before anything is asked of the server,", () => {
	test("that needs parts, where nothing reads it", async () => {
		const client = app.client.createClient({ endpoint: backend.endpoint, multipartThreshold: 1 });
		const error = await failure(client.uploadFile(await pick("unread.png"), "files/unread.png"));
		expect(error).toMatchObject({ code: "unsupported" });
		expect(error.message).toContain('"unread.png" (20971643 bytes)');
		expect(error.message).toContain("`readFile` is missing");
		expect(app.requests).toEqual([]);
	});

	test("without a size", async () => {
		const client = app.client.createClient({ endpoint: backend.endpoint });
		const { uri, name } = await pick("sizeless.png");
		const error = await failure(client.uploadFile({ uri, name, size: null }, "files/sizeless.png"));
		expect(error).toMatchObject({ code: "invalid-request" });
		expect(error.message).toContain('"sizeless.png" has the size null');
		expect(app.requests).toEqual([]);
	});

	test("that is a Blob, with what to pass instead", async () => {
		const client = app.client.createClient({ endpoint: backend.endpoint });
		const error = await failure(client.uploadFile(new Blob(["a"]), "files/blob"));
		expect(error.message).toContain("pass the uri");
	});
});

test("a file that became shorter is told", async () => {
	const client = app.client.createClient({
		endpoint: backend.endpoint,
		readFile,
		multipartThreshold: 1,
	});
	const file = await pick("shorter.png");
	await truncate(join(folder, "shorter.png"), partSize + 10);
	expect(await failure(client.uploadFile(file, "files/shorter.png"))).toMatchObject({
		code: "file-changed",
	});
});

const wrongReaders: readonly [does: string, read: () => Promise<unknown>, string, string][] = [
	["throws", () => Promise.reject(new Error("ENOENT")), "file-changed", "cannot be read"],
	["returns base64", async () => "AAAA", "invalid-request", "not String of the length 4"],
	[
		"returns the whole file",
		async () => content,
		"invalid-request",
		`0 to ${partSize} of "wrong.png", not Uint8Array of the length ${content.length}`,
	],
];

test.each(wrongReaders)("a `readFile` that %s is told", async (_, wrong, code, words) => {
	const client = app.client.createClient({
		endpoint: backend.endpoint,
		readFile: wrong as unknown as ReadFile,
		multipartThreshold: 1,
	});
	const error = await failure(client.uploadFile(await pick("wrong.png"), "files/wrong.png"));
	expect(error).toMatchObject({ code });
	expect(error.message).toContain(words);
});

test("a `readFile` may return a Buffer, and an empty file is sent", async () => {
	const client = app.client.createClient({
		endpoint: backend.endpoint,
		readFile: async (_, start, end) => Buffer.from(content).subarray(start, end),
		multipartThreshold: 1,
		checksum: true,
	});
	await client.uploadFile(await pick("buffer.png"), "files/buffer.png");
	expectSameBytes(await backend.read("files/buffer.png"), content);
	const empty = await pick("empty.png", new Uint8Array());
	expect(await client.uploadFile(empty, "files/empty.png")).toMatchObject({ size: 0 });
});

test("an outage that the app tells of is waited out", async () => {
	let connected = false;
	const client = app.client.createClient({ endpoint: backend.endpoint, isOnline: () => connected });
	app.setOffline(true);
	const upload = client.uploadFile(await pick("outage.png"), "files/outage.png");
	await expect.poll(() => upload.state).toBe("offline");
	connected = true;
	app.setOffline(false);
	await upload;
	expectSameBytes(await backend.read("files/outage.png"), content);
});

test("an upload that is aborted ends, and native code drops its request", async () => {
	// five seconds long
	const slow = await startBackend({ uploads, storageProxy: { bandwidth: 4_000_000 } });
	onTestFinished(slow.close);
	const client = app.client.createClient({ endpoint: slow.endpoint });
	const upload = client.uploadFile(await pick("aborted.png"), "files/aborted.png", {
		onProgress: ({ loaded }) => loaded > 0 && upload.abort(),
	});
	expect(await failure(upload)).toMatchObject({ code: "aborted" });
	expect(await slow.read("files/aborted.png")).toBeNull();
});

test("an app that is started again finds the upload, and goes on with it", async () => {
	const kept = new Map<string, string>();
	const storage: KeyValueStorage = {
		getItem: async (key) => kept.get(key) ?? null,
		setItem: async (key, value) => kept.set(key, value),
		removeItem: async (key) => kept.delete(key),
		getAllKeys: async () => [...kept.keys(), "other"],
	};
	const start = ({ client }: App, readFile: ReadFile) =>
		client.createClient({
			endpoint: backend.endpoint,
			readFile,
			multipartThreshold: 1,
			concurrency: 1,
			resume: client.storageResumeStore(storage),
		});
	const name = `resumed-${crypto.randomUUID()}.png`;
	const key = `files/${name}` as const;
	const file = await pick(name);
	// it does not end before the app is killed
	const withoutLast: ReadFile = (of, start, end) =>
		start < 4 * partSize ? readFile(of, start, end) : new Promise(() => {});
	const { promise, resolve } = Promise.withResolvers<void>();
	const running = start(app, withoutLast).uploadFile(file, key, {
		onProgress: ({ loaded }) => loaded > 3 * partSize && resolve(),
	});
	running.subscribe(() => {});
	await promise;
	app.kill();

	/** Whole parts that the second app reads. */
	let read = 0;
	const counted: ReadFile = (of, start, end) => {
		if (end - start === partSize) read++;
		return readFile(of, start, end);
	};
	const next = await startApp();
	onTestFinished(() => next.kill());
	const [left] = await start(next, counted).pending();
	expect(left).toMatchObject({ key, name, size: content.length });
	await left?.resume(file);
	expectSameBytes(await backend.read(key), content);
	expect(next.requests.filter(({ method }) => method === "PUT").length).toBeLessThan(4);
	// to be sent, or because its digest was not recorded yet, but none for both
	expect(read).toBeLessThanOrEqual(4);
	expect(kept.size).toBe(0);
});

test("`resume: true` is refused with the store to pass instead", () => {
	const options = { endpoint: backend.endpoint, resume: true as false };
	expect(() => app.client.createClient(options)).toThrow(/storageResumeStore\(AsyncStorage\)/);
});
