import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, type S3Server, startBackend, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fileResumeStore, fromPath } from "../../src/node/files.js";
import { createClient } from "../../src/node/index.js";
import type { OpenableSource, UploadSource } from "../../src/platform.js";
import { expectSameBytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const content = randomBytes(3 * partSize + 1_234);
const uploads = defineUploads({ "films/:name": { authorize: "public", partSize } });
const secret = "s".repeat(32);

let storage: S3Server;
let backend: Backend;
let user = "one";
const principal = {
	get sub() {
		return user;
	},
};
let folder: string;
let path: string;
let records: string;

beforeAll(async () => {
	storage = await startS3Server();
	backend = await startBackend({
		uploads,
		storage,
		handler: { tokenSecret: secret },
		principal,
	});
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	await storage.close();
});

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-resume-"));
	path = join(folder, "film");
	records = join(folder, "records");
	user = "one";
	await writeFile(path, content);
	await utimes(path, 1_000, 1_000);
	return () => rm(folder, { recursive: true });
});

/** The calls of one run, by operation. */
type Calls = string[];

/** Uploads the file; `answer` takes the place of the endpoint where it gives anything. */
function upload(
	key: string,
	file: OpenableSource = fromPath(path),
	answer: (operation: string, request: Request) => Promise<Response> | undefined = () => undefined,
) {
	const calls: Calls = [];
	const client = createClient({
		endpoint: backend.endpoint,
		resume: fileResumeStore(records),
		multipartThreshold: 0,
		retry: { limit: 0, networkLimit: 0 },
		async fetch(request) {
			const operation = new URL(request.url).pathname.split("/").at(-1) ?? "";
			calls.push(operation);
			return (await answer(operation, request)) ?? (await fetch(request));
		},
	});
	return Object.assign(client.uploadFile(file, key), { calls });
}

/** All parts are stored, and none are joined. */
async function breakOff(key: string, file?: OpenableSource): Promise<void> {
	const unavailable = async (): Promise<Response> => new Response(null, { status: 503 });
	const first = upload(key, file, (operation) =>
		operation === "complete" ? unavailable() : undefined,
	);
	await failureOf(first);
	expect(await recordsLeft()).toHaveLength(1);
}

const recordsLeft = async (): Promise<string[]> =>
	(await readdir(records)).filter((name) => name.endsWith(".json"));

/** As `rsync --inplace --times` does it, where no sample of the file is taken. */
async function editInPlace(): Promise<Uint8Array> {
	const file = openSync(path, "r+");
	writeSync(file, "edited", 1_000_000);
	closeSync(file);
	await utimes(path, 1_000, 1_000);
	return await readFile(path);
}

/** A file system that keeps no more than seconds, and lets programs set all of them. */
const coarse = (): OpenableSource => ({
	async open() {
		const source = (await fromPath(path).open()) as UploadSource;
		return { ...source, identity: { name: path, lastModified: 1_000 } };
	},
});

test("a file that was edited with its time kept between two runs is stored as it is now", async () => {
	await breakOff("films/edited");
	const edited = await editInPlace();
	const again = upload("films/edited");
	await again;
	// a resumed one begins with list, which is called later too, to see that it is mounted
	expect(again.calls[0]).toBe("uploads");
	expectSameBytes(await backend.read("films/edited"), edited);
});

test("a file on a disk with coarse times is read again, and its parts that differ are sent again", async () => {
	await breakOff("films/coarse", coarse());
	const edited = await editInPlace();
	const again = upload("films/coarse", coarse());
	await again;
	expect(again.calls[0]).toBe("list");
	expectSameBytes(await backend.read("films/coarse"), edited);
});

describe("an upload of an earlier run is replaced by one that begins anew", () => {
	/** Another deployment under the same address. */
	async function redeploy(key: string, options: Parameters<typeof startBackend>[0]): Promise<void> {
		await breakOff(key);
		const next = await startBackend({ ...options, storage, principal });
		try {
			const again = upload(key, fromPath(path), (_, request) => {
				const url = request.url.replace(backend.endpoint, next.endpoint);
				return fetch(new Request(url, request));
			});
			await again;
			expect(again.calls.filter((name) => name !== "list" && name !== "complete")).toHaveLength(1);
		} finally {
			await next.close();
		}
		await expectStored(key);
	}

	async function expectStored(key: string): Promise<void> {
		expectSameBytes(await backend.read(key), content);
		expect(await recordsLeft()).toEqual([]);
	}

	test("where the secret is another", async () => {
		const tokenSecret = "t".repeat(32);
		await redeploy("films/secret", {
			uploads,
			handler: { tokenSecret },
		});
	});

	test("where the pattern of its rule was renamed", async () => {
		await redeploy("films/pattern", {
			uploads: defineUploads({ "films/:film": { authorize: "public", partSize } }),
			handler: { tokenSecret: secret },
		});
	});

	test("where another user uploads the same file", async () => {
		await breakOff("films/user");
		user = "two";
		const again = upload("films/user");
		await again;
		expect(again.calls).toEqual(["list", "uploads", "complete"]);
		await expectStored("films/user");
	});

	test("where its record has another part size, so that the storage refuses its parts", async () => {
		await breakOff("films/part-size");
		const [name = ""] = await recordsLeft();
		const record = JSON.parse(await readFile(join(records, name), "utf8"));
		await writeFile(join(records, name), JSON.stringify({ ...record, partSize: partSize + 1 }));
		await upload("films/part-size");
		await expectStored("films/part-size");
	});
});
