import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { createClient, type Upload } from "../../src/node/index.js";
import { crcOf, createMemoryStore } from "../fakes/platform.js";
import { bytes, eventually, failureOf } from "../fakes/values.js";

const mebibyte = 2 ** 20;
const file = bytes(11 * mebibyte);
const inParts = { multipartThreshold: 1, concurrency: 1 };

let backend: Backend;
const read = async (key: string): Promise<Uint8Array> => {
	const stored = await backend.read(key);
	if (!stored) throw new Error(`${key} is not stored`);
	return stored;
};

beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({
			"brief/:name": { authorize: "public", partSize: "5 MiB", expiresIn: 300 },
			"plain/:name": { authorize: "public", partSize: "5 MiB" },
			"kept/*name": { authorize: "public", key: () => `kept/${crypto.randomUUID()}` },
		}),
	});
});

beforeEach(() => backend.clear());
afterAll(() => backend.close());

/** Stops the clock of client, server and storage, so that no URL expires on a busy machine; returns what moves it. */
function stopClock(): (seconds: number) => void {
	vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
	onTestFinished(() => void vi.useRealTimers());
	return (seconds) => void vi.setSystemTime(Date.now() + seconds * 1_000);
}

/** Pauses once, when the plan is there and no part is on its way. */
function pauseAtStart(upload: () => Upload): () => void {
	let first = true;
	return () => {
		if (first) upload().pause();
		first = false;
	};
}

test("URLs that expired while the upload was paused are replaced by fresh ones", async () => {
	const pass = stopClock();
	const client = createClient({ endpoint: backend.endpoint });
	const upload: Upload = client.uploadFile(file, "brief/paused", {
		...inParts,
		onProgress: pauseAtStart(() => upload),
	});
	await eventually(() => upload.state === "paused");
	pass(400);
	upload.resume();
	const { size } = await upload;
	expect(size).toBe(file.length);
	expect(Buffer.compare(await read("brief/paused"), file)).toBe(0);
});

test("a URL that the storage refuses as expired is replaced, although it was said to be good", async () => {
	const pass = stopClock();
	let created = 0;
	const client = createClient({
		endpoint: backend.endpoint,
		fetch: async (request) => {
			const response = await fetch(request);
			if (response.status !== 201) return response;
			created++;
			if (created === 1) upload.pause();
			const plan = await response.json();
			return Response.json({ ...plan, request: { ...plan.request, expiresIn: 3_600 } });
		},
	});
	const upload: Upload = client.uploadFile(bytes(10), "brief/single");
	await eventually(() => upload.state === "paused");
	pass(400);
	upload.resume();
	await upload;
	expect(created).toBe(2);
	expect((await read("brief/single")).length).toBe(10);
});

test("a server-made key comes back in the result", async () => {
	const client = createClient({ endpoint: backend.endpoint });
	const { key } = await client.uploadFile(bytes(10), "kept/mine");
	expect(key).toMatch(/^kept\/[0-9a-f-]{36}$/);
	expect((await read(key)).length).toBe(10);
});

test("an aborted upload leaves no parts on the server", async () => {
	let token = "";
	const client = createClient({
		endpoint: backend.endpoint,
		fetch: async (request) => {
			const response = await fetch(request);
			if (response.status === 201) ({ token } = await response.clone().json());
			return response;
		},
	});
	const list = (): Promise<Response> =>
		fetch(`${backend.endpoint}/list`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify({ token }),
		});
	const upload: Upload = client.uploadFile(file, "plain/aborted", {
		...inParts,
		onProgress: pauseAtStart(() => upload),
	});
	await eventually(() => upload.state === "paused");
	expect((await list()).status).toBe(200);
	upload.abort();
	expect((await failureOf(upload)).code).toBe("aborted");
	expect((await list()).status).toBe(404);
});

test("an upload that was joined, with the answer lost, is found by the next one of the same file", async () => {
	const store = createMemoryStore();
	const film = new File([file], "film.mp4", { lastModified: 1 });
	const options = { ...inParts, resume: store, retry: { networkLimit: 0 } };
	let joined = false;
	const first = createClient({
		endpoint: backend.endpoint,
		fetch: async (request) => {
			if (joined) throw new TypeError("fetch failed");
			const response = await fetch(request);
			joined = request.url.endsWith("/complete");
			if (joined) throw new TypeError("fetch failed");
			return response;
		},
	});
	const error = await failureOf(first.uploadFile(film, "plain/joined", options));
	expect(error).toMatchObject({ code: "network", retryable: true });
	expect(Buffer.compare(await read("plain/joined"), file)).toBe(0);
	expect(store.records.size).toBe(1);

	const calls: string[] = [];
	const next = createClient({
		endpoint: backend.endpoint,
		fetch: (request) => {
			calls.push(new URL(request.url).pathname.split("/").at(-1) ?? "");
			return fetch(request);
		},
	});
	const { key, size, checksum } = await next.uploadFile(film, "plain/joined", options);
	expect({ key, size, checksum }).toEqual({
		key: "plain/joined",
		size: file.length,
		checksum: { algorithm: "crc32", value: crcOf(file) },
	});
	expect(calls).toEqual(["list", "complete"]);
	expect(store.records.size).toBe(0);
});

test("what the server refuses reaches the caller with its code", async () => {
	const client = createClient({ endpoint: backend.endpoint });
	expect(await failureOf(client.uploadFile(bytes(1), "elsewhere/a"))).toMatchObject({
		code: "unauthenticated",
		status: 401,
		requestId: expect.any(String),
	});
	await client.uploadFile(bytes(1), "plain/taken");
	expect(await failureOf(client.uploadFile(bytes(2), "plain/taken"))).toMatchObject({
		code: "already-exists",
	});
});
