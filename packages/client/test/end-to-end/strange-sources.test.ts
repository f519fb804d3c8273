import { openAsBlob } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type Client, createClient } from "../../src/node/index.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const chunk = bytes(100_003);

let backend: Backend;
let client: Client;
beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({ "any/:name": { authorize: "public", partSize } }),
	});
	client = createClient({ endpoint: backend.endpoint });
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());

/** A stream of these chunks, each made when it is asked for. */
function streamOf(chunks: Iterable<unknown> | AsyncIterable<unknown>): ReadableStream<Uint8Array> {
	const iterator = (async function* () {
		yield* chunks;
	})();
	return new ReadableStream<Uint8Array>(
		{
			async pull(controller) {
				const { done, value } = await iterator.next();
				if (done) controller.close();
				else controller.enqueue(value as Uint8Array);
			},
		},
		{ highWaterMark: 0 },
	);
}

/** The same bytes in a buffer of this kind. */
const inBuffer = (buffer: ArrayBufferLike): Uint8Array => {
	const view = new Uint8Array(buffer, 0, chunk.length);
	view.set(chunk);
	return view;
};

describe("a stream", () => {
	test.each<[string, () => Iterable<unknown>]>([
		["empty chunks", () => [new Uint8Array(), chunk, new Uint8Array(), chunk, new Uint8Array()]],
		["shared memory", () => [chunk, inBuffer(new SharedArrayBuffer(chunk.length))]],
		[
			"resizable buffers",
			() => [chunk, inBuffer(new ArrayBuffer(chunk.length, { maxByteLength: 2 ** 20 }))],
		],
		[
			"chunks of another realm",
			() => [
				chunk,
				(runInNewContext("(list) => new Uint8Array(list)") as (list: number[]) => unknown)([
					...chunk,
				]),
			],
		],
		["Buffers of a pool", () => [chunk, Buffer.concat([Buffer.from("ab"), chunk]).subarray(2)]],
	])("of %s is stored as it is", async (name, chunks) => {
		await client.uploadFile(streamOf(chunks()), `any/${name}`);
		expectSameBytes(await backend.read(`any/${name}`), Buffer.concat([chunk, chunk]));
	});

	test("that writes over the chunk before is stored as it was", async () => {
		const overwritten = async function* (): AsyncGenerator<Uint8Array> {
			const buffer = new Uint8Array(partSize);
			for (let n = 1; n <= 5; n++) yield buffer.fill(n);
		};
		await client.uploadFile(streamOf(overwritten()), "any/overwritten");
		const expected = [1, 2, 3, 4, 5].map((n) => Buffer.alloc(partSize, n));
		expectSameBytes(await backend.read("any/overwritten"), Buffer.concat(expected));
	});

	test.each<[string, unknown]>([
		["text", "text"],
		["numbers", 7],
		["null", null],
		["objects", { length: 3 }],
		["lists", [1, 2, 3]],
		["a chunk whose bytes were transferred away", transferred()],
	])("that yields %s is refused, and nothing is stored", async (name, value) => {
		const error = await failureOf(client.uploadFile(streamOf([chunk, value]), `any/of ${name}`));
		expect(error).toMatchObject({ code: "invalid-request", retryable: false });
		expect(await backend.read(`any/of ${name}`)).toBeNull();
	});

	test("that fails after its last part was sent stores nothing", async () => {
		const failing = async function* (): AsyncGenerator<Uint8Array> {
			for (let n = 0; n < 9; n++) yield bytes(partSize);
			throw new Error("The disk is gone.");
		};
		const error = await failureOf(client.uploadFile(streamOf(failing()), "any/late"));
		expect(error.cause).toMatchObject({ message: "The disk is gone." });
		expect(await backend.read("any/late")).toBeNull();
	});
});

function transferred(): Uint8Array {
	const view = new Uint8Array(10);
	view.buffer.transfer();
	return view;
}

test("memory of WebAssembly that grows during its upload is stored as it was at the call", async () => {
	const memory = new WebAssembly.Memory({ initial: 2, maximum: 4 });
	const view = new Uint8Array(memory.buffer, 0, chunk.length);
	view.set(chunk);
	const upload = client.uploadFile(view, "any/wasm");
	memory.grow(1);
	await upload;
	expectSameBytes(await backend.read("any/wasm"), chunk);
});

test("a Blob of a path whose file is rewritten between two parts fails, and stores no mix", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-strange-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "film");
	await writeFile(path, bytes(4 * partSize));
	const film = await openAsBlob(path);
	let windows = 0;
	const changing = createClient({
		endpoint: backend.endpoint,
		multipartThreshold: 1,
		concurrency: 1,
		async fetch(request) {
			if (request.url.endsWith("/parts") && windows++ === 0) {
				const file = await open(path, "r+");
				await file.write(Buffer.alloc(4 * partSize, 9));
				await file.close();
			}
			const response = await fetch(request);
			if (response.status !== 201) return response;
			// the other parts need another window
			const plan = await response.json();
			plan.window.count = 1;
			plan.window.values.length = 1;
			return Response.json(plan, { status: 201 });
		},
	});
	const error = await failureOf(changing.uploadFile(film, "any/rewritten"));
	expect(error).toMatchObject({ code: "file-changed", retryable: false });
	expect(await backend.read("any/rewritten")).toBeNull();
});
