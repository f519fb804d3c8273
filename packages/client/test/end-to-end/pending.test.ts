import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { fileResumeStore, fromPath } from "../../src/node/files.js";
import { type Client, createClient } from "../../src/node/index.js";
import { expectSameBytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const content = randomBytes(3 * partSize + 1_234);
const uploads = defineUploads({ "films/:name": { authorize: "public", partSize } });

let backend: Backend;
let folder: string;
let path: string;

beforeAll(async () => {
	backend = await startBackend({ uploads });
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-pending-"));
	path = join(folder, "film");
	await writeFile(path, content);
	await utimes(path, 1_000, 1_000);
	return () => rm(folder, { recursive: true });
});

/** The operations that a client called. */
interface Run {
	readonly client: Client;
	readonly calls: string[];
}

function connect(completes = true, options: object = {}): Run {
	const calls: string[] = [];
	const client = createClient({
		endpoint: backend.endpoint,
		resume: fileResumeStore(join(folder, "records")),
		multipartThreshold: 0,
		retry: { limit: 0, networkLimit: 0 },
		async fetch(request) {
			const operation = new URL(request.url).pathname.split("/").at(-1) ?? "";
			calls.push(operation);
			if (operation === "complete" && !completes) throw new TypeError("lost");
			return await fetch(request);
		},
		...options,
	});
	return { client, calls };
}

const breakOff = (key: string): Promise<unknown> =>
	failureOf(connect(false).client.uploadFile(fromPath(path), key, { contentType: "video/mp4" }));

test("an upload that broke off is found, and continues with the type of before", async () => {
	const before = Date.now();
	await breakOff("films/one");
	const { client, calls } = connect();
	const [pending, ...others] = await client.pending();
	expect(others).toEqual([]);
	expect(pending).toMatchObject({
		key: "films/one",
		name: path,
		size: content.length,
		sent: content.length,
	});
	expect(pending?.begun).toBeGreaterThanOrEqual(before);
	expect(calls).toEqual([]);
	const result = await pending?.resume(fromPath(path));
	expect(result).toMatchObject({ key: "films/one", size: content.length });
	expect(calls).not.toContain("uploads");
	expectSameBytes((await backend.read("films/one")) ?? new Uint8Array(), content);
	expect(await client.pending()).toEqual([]);
});

test("another file is refused, and the upload stays", async () => {
	await breakOff("films/two");
	const [pending] = await connect().client.pending();
	const other = join(folder, "other");
	await writeFile(other, content);
	const error = await failureOf(pending?.resume(fromPath(other)) ?? Promise.resolve());
	expect(error).toMatchObject({ code: "file-changed", message: expect.stringContaining(path) });
	expect(await connect().client.pending()).toHaveLength(1);
});

test("a forgotten upload is gone here and on the server", async () => {
	await breakOff("films/three");
	const [pending] = await connect().client.pending();
	await pending?.forget();
	expect(await connect().client.pending()).toEqual([]);
	expect(await readdir(join(folder, "records"))).toEqual([".swept"]);
	const { client, calls } = connect();
	await client.uploadFile(fromPath(path), "films/three", { contentType: "video/mp4" });
	expect(calls[0]).toBe("uploads");
});

test("an upload that runs is not pending, nor is one of another endpoint", async () => {
	await breakOff("films/four");
	const { client } = connect();
	const upload = client.uploadFile(fromPath(path), "films/four", { contentType: "video/mp4" });
	await expect.poll(() => upload.state).not.toBe("starting");
	upload.pause();
	await expect.poll(() => connect().client.pending()).toEqual([]);
	upload.resume();
	await upload;

	await breakOff("films/five");
	const elsewhere = connect(true, { endpoint: new URL("elsewhere", backend.endpoint) });
	expect(await elsewhere.client.pending()).toEqual([]);
	expect(await connect().client.pending()).toHaveLength(1);
});

test("a record holds no secret of the endpoint's query, and is found with another one", async () => {
	const at = (code: string) => connect(false, { endpoint: `${backend.endpoint}?code=${code}` });
	const upload = at("old-secret").client.uploadFile(fromPath(path), "films/secret");
	await failureOf(upload);
	const records = fileResumeStore(join(folder, "records"));
	const [id = ""] = (await records.list?.()) ?? [];
	expect(await records.get(id)).not.toContain("old-secret");
	expect(await at("new-secret").client.pending()).toMatchObject([{ key: "films/secret" }]);
});

test("records that say nothing of their upload are left out, and a store without a list is named", async () => {
	await breakOff("films/six");
	const records = fileResumeStore(join(folder, "records"));
	await records.set("0".repeat(64), "{}");
	await records.set(
		"1".repeat(64),
		'{"v":1,"token":"t","partSize":1,"digests":[],"about":{"key":1}}',
	);
	expect(await connect().client.pending()).toHaveLength(1);
	const { get, set } = records;
	const own = { get, set, delete: records.delete };
	await expect(connect(true, { resume: own }).client.pending()).rejects.toMatchObject({
		code: "unsupported",
		message: expect.stringContaining("`list`"),
	});
});

test("a record that cannot be read hides no others, and the upload that it is of begins anew", async () => {
	await breakOff("films/eight");
	await breakOff("films/nine");
	const records = fileResumeStore(join(folder, "records"));
	const [id = "", other = ""] = (await records.list?.()) ?? [];
	const removed = JSON.parse((await records.get(id)) ?? "").about.key;
	const kept = JSON.parse((await records.get(other)) ?? "").about.key;
	const get = async (asked: string): Promise<string | undefined> => {
		if (asked === id) throw new Error("damaged");
		return await records.get(asked);
	};
	const { client } = connect(true, { resume: { ...records, get } });
	expect(await client.pending()).toMatchObject([{ key: kept }]);

	const path = join(folder, "records", `${id}.json`);
	await rm(path);
	await mkdir(path);
	expect(await connect().client.pending()).toMatchObject([{ key: kept }]);
	const again = connect();
	await again.client.uploadFile(fromPath(join(folder, "film")), removed, {
		contentType: "video/mp4",
	});
	expect(again.calls[0]).toBe("uploads");
	expectSameBytes((await backend.read(removed)) ?? new Uint8Array(), content);
});

test("a store that hangs costs the time of one record, not that of all", async () => {
	for (const n of [1, 2, 3]) await breakOff(`films/slow-${n}`);
	const records = fileResumeStore(join(folder, "records"));
	let open = 0;
	let answer = (): void => {};
	const allAsked = new Promise<void>((resolve) => {
		answer = resolve;
	});
	const get = async (id: string): Promise<string | undefined> => {
		if (++open === 3) answer();
		await allAsked;
		return await records.get(id);
	};
	expect(await connect(true, { resume: { ...records, get } }).client.pending()).toHaveLength(3);
});

test("a store that fails rejects with an error that has its reason", async () => {
	await breakOff("films/seven");
	const records = fileResumeStore(join(folder, "records"));
	const broken = async (): Promise<never> => {
		throw new Error("disk full");
	};
	const failure = { name: "UploadError", code: "internal", cause: { message: "disk full" } };
	const pendingWith = (own: object) =>
		connect(true, { resume: { ...records, ...own } }).client.pending();
	await expect(pendingWith({ list: broken })).rejects.toMatchObject(failure);
	await expect(pendingWith({ get: broken })).rejects.toMatchObject(failure);
	const [upload] = await pendingWith({ delete: broken });
	await expect(upload?.forget()).rejects.toMatchObject(failure);
});
