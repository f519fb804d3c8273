import { createReadStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as stream from "node:stream";
import { Duplex, PassThrough, pipeline, Readable, Writable } from "node:stream";
import { createGunzip, createGzip, gunzipSync } from "node:zlib";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createClient, type Upload, type UploadInput } from "../../../src/node/index.js";
import { bytes, eventually, expectSameBytes, failureOf } from "../../fakes/values.js";

/** Since Node 16.9; @types/node lacks it. */
const { compose } = stream as unknown as { compose: (...chain: unknown[]) => Duplex };

const content = bytes(3_000_000);
let backend: Backend;
let folder: string;
let path: string;

beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public", maxSize: "1 GB" } }),
	});
	folder = await mkdtemp(join(tmpdir(), "skyput-streams-"));
	path = join(folder, "source.bin");
	await writeFile(path, content);
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	await rm(folder, { recursive: true });
});

const upload = (stream: unknown): Upload =>
	createClient({ endpoint: backend.endpoint }).uploadFile(
		stream as UploadInput,
		`files/${crypto.randomUUID()}`,
	);

describe("a stream that is the end of a chain", () => {
	test.each<[string, () => Readable]>([
		["compose", () => compose(createReadStream(path), createGzip())],
		["compose as a method", () => createReadStream(path).compose(createGzip()) as Readable],
		["pipeline", () => pipeline(createReadStream(path), createGzip(), () => {})],
		["pipe", () => createReadStream(path).pipe(createGzip())],
		[
			"compose with a generator",
			() =>
				compose(
					createReadStream(path),
					async function* (source: AsyncIterable<Buffer>) {
						yield* source;
					},
					createGzip(),
				),
		],
		["Duplex.from", () => compose(Duplex.from(createReadStream(path)), createGzip())],
	])("of %s is stored whole", async (_, make) => {
		const { key } = await upload(make());
		expectSameBytes(gunzipSync((await backend.read(key)) ?? ""), content);
	});

	test.each<[string, () => Readable]>([
		["compose", () => compose(createReadStream("/absent"), createGzip())],
		["compose as a method", () => createReadStream("/absent").compose(createGzip()) as Readable],
		["pipeline", () => pipeline(createReadStream("/absent"), createGzip(), () => {})],
	])("of %s fails with the error of its source", async (_, make) => {
		const error = await failureOf(upload(make()));
		expect(error).toMatchObject({ code: "invalid-request", cause: { code: "ENOENT" } });
	});

	test("fails with the error of its middle", async () => {
		const error = await failureOf(upload(compose(createReadStream(path), createGunzip())));
		expect(error.cause).toMatchObject({ code: "Z_DATA_ERROR" });
	});

	test("closes its source when the upload is aborted", async () => {
		const source = new Readable({
			highWaterMark: 1_000,
			read() {
				setImmediate(() => this.push(Buffer.alloc(1_000)));
			},
		});
		const running = upload(compose(source, new PassThrough()));
		await eventually(() => source.readableDidRead);
		running.abort();
		await failureOf(running);
		await eventually(() => source.destroyed);
	});
});

describe("a stream that can't be read whole is refused", () => {
	test.each<[string, () => unknown, RegExp]>([
		[
			"piped elsewhere",
			() => {
				const stream = createReadStream(path);
				stream.pipe(new PassThrough());
				return stream;
			},
			/in use|read before/,
		],
		[
			"with a listener for its data",
			() => {
				const stream = createReadStream(path);
				stream.on("data", () => {});
				return stream;
			},
			/in use|read before/,
		],
		[
			"with a reader",
			() => {
				const stream = createReadStream(path);
				stream.on("readable", () => {});
				return stream;
			},
			/in use|read before/,
		],
		["destroyed", () => createReadStream(path).destroy(), /destroyed|ended/],
		[
			"ended",
			async () => {
				const stream = Readable.from([content]);
				for await (const _ of stream);
				return stream;
			},
			/read before/,
		],
		["of text", () => createReadStream(path, "utf8"), /string.*setEncoding/],
		["of objects", () => Readable.from([{ a: 1 }]), /object.*objectMode/],
		["only writable", () => new Writable(), /Writable/],
		["a pair of web streams", () => new CompressionStream("gzip"), /CompressionStream/],
		[
			"a locked web stream",
			() => {
				const { stream } = { stream: new Blob([content]).stream() };
				stream.getReader();
				return stream;
			},
			/in use/,
		],
		[
			"a disturbed web stream",
			async () => {
				const stream = new Blob([content]).stream();
				const reader = stream.getReader();
				await reader.read();
				reader.releaseLock();
				return stream;
			},
			/read before/,
		],
	])("%s", async (_, make, words) => {
		const error = await failureOf(upload(await make()));
		expect(error.code).toBe("invalid-request");
		expect(error.message).toMatch(words);
	});

	test("with its own error where it failed before", async () => {
		const stream = createReadStream(path).on("error", () => {});
		stream.destroy(new Error("torn"));
		const error = await failureOf(upload(stream));
		expect(error).toMatchObject({ code: "invalid-request", cause: { message: "torn" } });
		const web = new ReadableStream({ start: (controller) => controller.error(new Error("torn")) });
		expect(await failureOf(upload(web))).toMatchObject({ cause: { message: "torn" } });
	});
});
