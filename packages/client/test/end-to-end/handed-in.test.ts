import {
	appendFileSync,
	closeSync,
	openSync,
	truncateSync,
	utimesSync,
	writeFileSync,
	writeSync,
} from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { fromPath } from "../../src/node/files.js";
import { type Client, createClient } from "../../src/node/index.js";
import type { UploadBody, UploadSource } from "../../src/platform.js";
import { bytes, expectSameBytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const content = bytes(4 * partSize);

let backend: Backend;
let client: Client;
let folder: string;
let path: string;

beforeAll(async () => {
	const uploads = defineUploads({ "any/:name": { authorize: "public", partSize } });
	backend = await startBackend({ uploads });
	client = createClient({ endpoint: backend.endpoint });
	folder = await mkdtemp(join(tmpdir(), "skyput-handed-in-"));
	path = join(folder, "file");
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	await rm(folder, { recursive: true });
});

test("a buffer is stored as it was at the call, whatever becomes of it", async () => {
	const flipped = Uint8Array.from(content);
	const moved = Uint8Array.from(content);
	const uploads = [
		client.uploadFile(flipped, "any/flipped"),
		client.uploadFile(moved.subarray(1), "any/moved"),
	];
	flipped.fill(0);
	moved.buffer.transfer(0);
	await Promise.all(uploads);
	expectSameBytes(await backend.read("any/flipped"), content);
	expectSameBytes(await backend.read("any/moved"), content.subarray(1));
});

test("a buffer whose bytes are gone stores nothing", async () => {
	const buffer = new ArrayBuffer(10);
	const view = new Uint8Array(buffer);
	buffer.transfer();
	for (const input of [buffer, view]) {
		const error = await failureOf(client.uploadFile(input, "any/gone"));
		expect(error).toMatchObject({ code: "invalid-request" });
	}
	expect(await backend.read("any/gone")).toBeNull();
});

// only Linux has them
test.runIf(process.platform === "linux").each([
	["says 0 bytes", "/proc/version"],
	["says more than it has", "/sys/kernel/mm/transparent_hugepage/enabled"],
])("a file that %s is stored to its end", async (_, path) => {
	const key = `any/${path.replaceAll("/", "-")}`;
	const { size } = await client.uploadFile(fromPath(path), key);
	const stored = await backend.read(key);
	expect(Buffer.from(stored ?? "")).toEqual(await readFile(path));
	expect(size).toBe(stored?.length);
});

test.each([
	["grows", () => appendFileSync(path, "more")],
	["shrinks", () => truncateSync(path, 3 * partSize)],
	["is edited with its time kept", editInPlace],
])("a file that %s between two of its parts fails, and stores no mix", async (how, change) => {
	writeFileSync(path, content);
	utimesSync(path, 1_000, 1_000);
	const file = fromPath(path);
	const key = `any/${how}`;
	const input = {
		async open() {
			const source = (await file.open()) as UploadSource;
			const slice = (start: number, end: number): UploadBody => {
				if (start === 2 * partSize) change();
				return source.slice(start, end);
			};
			return { ...source, slice };
		},
	};
	const upload = client.uploadFile(input, key, { multipartThreshold: 0, concurrency: 1 });
	expect(await failureOf(upload)).toMatchObject({ code: "file-changed", retryable: false });
	expect(await backend.read(key)).toBeNull();
});

/** As `rsync --inplace --times` does it. */
function editInPlace(): void {
	const file = openSync(path, "r+");
	writeSync(file, "edited", 1_000);
	closeSync(file);
	utimesSync(path, 1_000, 1_000);
}
