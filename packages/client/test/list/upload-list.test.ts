import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
	createClient,
	createUploadList,
	type UploadError,
	type UploadList,
	type UploadListOptions,
} from "../../src/node/index.js";

const uploads = defineUploads({
	"texts/*path": {
		authorize: "public",
		contentTypes: ["text/plain"],
		maxSize: "1 kB",
		onComplete: async ({ size }) => ({ bytes: size }),
	},
});
let backend: Backend;
beforeAll(async () => {
	backend = await startBackend({
		uploads,
		handler: { log: { error() {}, warn() {}, info() {} } },
	});
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());

const text = (name: string, content = name): File =>
	new File([content], name, { type: "text/plain", lastModified: 1 });

type Options = UploadListOptions<`texts/${string}`, { bytes: number }>;

function open(folder: string, options: Partial<Options> = {}, clientOptions: object = {}) {
	const client = createClient<typeof uploads>({ endpoint: backend.endpoint, ...clientOptions });
	const list = createUploadList(client, {
		key: (_, { path }) => `texts/${folder}/${path}`,
		...options,
	});
	return { client, list };
}

const states = (list: UploadList): (string | undefined)[] =>
	list.snapshot().ids.map((id) => list.item(id)?.snapshot().state);
const ended = (list: UploadList): Promise<void> =>
	expect.poll(() => list.snapshot().state).toBe("idle");

test("metadata may come later, as the key may", async () => {
	const sent: unknown[] = [];
	const { list } = open(
		"promised",
		{ metadata: async (file: File) => ({ title: file.name }) },
		{
			async fetch(request: Request) {
				const { metadata } = await request.clone().json();
				sent.push(metadata);
				return await fetch(request);
			},
		},
	);
	await list.add([text("a")]);
	await ended(list);
	expect(sent[0]).toEqual({ title: "a" });
});

test.each<[object, string]>([
	[{ parallels: 1 }, "Unknown option `parallels`. Known options: key, start,"],
	[{ key: undefined }, "`key` must be a function."],
	[{ key: "texts/a.txt" }, "`key` must be a function."],
	[{ parallel: 0 }, "`parallel` must be a number from 1."],
	[{ parallel: Number.NaN }, "`parallel` must be a number from 1."],
	[{ maxFiles: -1 }, "`maxFiles` must be a number from 0."],
	[{ maxFiles: "3" }, "`maxFiles` must be a number from 0."],
	[{ start: "later" }, "`start` must be one of now, manual."],
	[{ duplicates: "replace" }, "`duplicates` must be one of skip, allow."],
	[{ limits: "1 MB" }, "`limits` must be an object or a function."],
	[{ priority: "urgent" }, "`priority` must be one of"],
	[{ pending: "yes" }, "`pending` must be a boolean."],
	[{ onItemDone: true }, "`onItemDone` must be a function."],
])("a list with the options %o is refused", (options, message) => {
	const refusal = expect.objectContaining({
		code: "invalid-request",
		message: expect.stringContaining(message),
	});
	expect(() => open("refused", options)).toThrow(refusal);
});

test("a list without limits of its own takes all options that are left undefined or infinite", () => {
	const options = { maxFiles: Number.POSITIVE_INFINITY, parallel: Number.POSITIVE_INFINITY };
	const { list } = open("taken", { ...options, limits: undefined, metadata: null });
	expect(list.snapshot().ids).toEqual([]);
});

test("files are stored as they are added, with one total and the result of each", async () => {
	const { list } = open("added");
	const seen = new Set<string>();
	const done: string[] = [];
	list.subscribe(() => seen.add(list.snapshot().state));
	const { added, rejected } = await list.add([text("a"), text("bb")]);
	expect(rejected).toEqual([]);
	list.item(added[0] ?? "")?.subscribe(() => {
		const { state } = list.item(added[0] ?? "")?.snapshot() ?? {};
		if (state && done.at(-1) !== state) done.push(state);
	});
	await ended(list);
	expect([...seen]).toEqual(["uploading", "idle"]);
	expect(done.at(-1)).toBe("done");
	expect(list.snapshot()).toEqual({
		ids: added,
		counts: { done: 2 },
		state: "idle",
		loaded: 3,
		total: 3,
		announcement: { type: "ended", done: 2, failed: 0 },
	});
	expect(list.item(added[1] ?? "")?.snapshot()).toMatchObject({
		name: "bb",
		key: "texts/added/bb",
		result: { size: 2, data: { bytes: 2 } },
	});
});

test("a snapshot stays the same object until something changes", async () => {
	const { list } = open("same");
	expect(list.snapshot()).toBe(list.snapshot());
	const before = list.snapshot();
	const { added } = await list.add([text("a")]);
	expect(list.snapshot()).not.toBe(before);
	await ended(list);
	const item = list.item(added[0] ?? "");
	expect(item?.snapshot()).toBe(item?.snapshot());
	expect(list.snapshot().ids).toBe(list.snapshot().ids);
});

test("a file of a folder picker keeps the folders in its path", async () => {
	const { list } = open("folders");
	const file = Object.assign(text("a"), { webkitRelativePath: "album/day 1/a" });
	const { added } = await list.add([file]);
	await ended(list);
	expect(list.item(added[0] ?? "")?.snapshot()).toMatchObject({
		name: "a",
		path: "album/day 1/a",
		key: "texts/folders/album/day 1/a",
		state: "done",
	});
});

test("what the server's limits reject is told before anything is sent", async () => {
	const { client, list } = open("limits", { maxFiles: 1, limits: () => client.rules("texts/a") });
	const { added, rejected } = await list.add([
		text("ok"),
		text("large", "x".repeat(1_001)),
		new File(["<p>"], "page.html", { type: "text/html" }),
		new File(["?"], "unknown"),
		text("fifth"),
	]);
	expect(rejected.map(({ id, error }) => [added.indexOf(id), error.code, error.values])).toEqual([
		[1, "too-large", { size: 1_001, limit: 1_000 }],
		[2, "unsupported-type", { contentType: "text/html", accepted: "text/plain" }],
		[3, "unsupported-type", { contentType: "application/octet-stream", accepted: "text/plain" }],
		[4, "invalid-request", { limit: 1 }],
	]);
	await ended(list);
	expect(states(list)).toEqual(["done", ...Array(4).fill("rejected")]);
	expect(list.snapshot()).toMatchObject({ loaded: 2, total: 2 });
});

test("the list's own errors have the words of the client", async () => {
	const messages = {
		"too-large": ({ values }: UploadError) => `Höchstens ${values?.["limit"]} Bytes.`,
		"invalid-request": "Zu viele Dateien.",
		internal: "Das ging schief.",
		aborted: "Abgebrochen.",
	};
	const { promise, resolve } = Promise.withResolvers<never>();
	const { list } = open(
		"words",
		{
			maxFiles: 2,
			limits: { maxSize: 3 },
			key: (_, { path }) => (path === "a" ? Promise.reject(new Error("no key")) : promise),
		},
		{ messages },
	);
	const { added, rejected } = await list.add(["long", "a", "b", "c"].map((name) => text(name)));
	expect(rejected.map(({ error }) => error.message)).toEqual([
		"Höchstens 3 Bytes.",
		"Zu viele Dateien.",
	]);
	list.abort(added[2]);
	resolve("texts/words/b" as never);
	await ended(list);
	const errors = added.map((id) => list.item(id)?.snapshot().error?.message);
	expect(errors.slice(1, 3)).toEqual(["Das ging schief.", "Abgebrochen."]);
});

test("where the limits cannot be asked for, the server decides about each file", async () => {
	const { list } = open("unasked", { limits: () => Promise.reject(new Error("offline")) });
	await list.add([text("large", "x".repeat(1_001)), text("a")]);
	await ended(list);
	expect(states(list)).toEqual(["failed", "done"]);
});

test("a file that is in the list is not added twice, except where that is wanted", async () => {
	const { list } = open("twice", { start: "manual" });
	await list.add([text("a"), text("a")]);
	const again = await list.add([text("a"), text("b")]);
	expect(again).toMatchObject({ added: { length: 1 }, skipped: 1 });
	const both = open("both", { start: "manual", duplicates: "allow" }).list;
	await both.add([text("a"), text("a")]);
	expect(both.snapshot().ids).toHaveLength(2);
});

test("a file that failed or was aborted starts again when it is chosen again", async () => {
	let broken = true;
	const { list } = open("chosen", {
		key: (_, { path }) => {
			if (broken) throw new Error("no key yet");
			return `texts/chosen/${path}`;
		},
	});
	const [id = ""] = (await list.add([text("a")])).added;
	await ended(list);
	expect(states(list)).toEqual(["failed"]);
	broken = false;
	const again = text("a");
	expect(await list.add([again])).toEqual({ added: [id], skipped: 0, rejected: [] });
	expect(list.item(id)?.snapshot().file).toBe(again);
	await ended(list);
	expect(states(list)).toEqual(["done"]);
	expect(await list.add([text("a")])).toMatchObject({ added: [], skipped: 1 });
});

test("queued files wait for `start()`, and at most three run at once", async () => {
	const { list } = open("manual", { start: "manual" });
	await list.add(Array.from({ length: 12 }, (_, i) => text(`${i}`)));
	expect(list.snapshot()).toMatchObject({ state: "idle", counts: { queued: 12 } });
	let most = 0;
	list.subscribe(() => {
		const { queued = 0, done = 0 } = list.snapshot().counts;
		most = Math.max(most, 12 - queued - done);
	});
	list.start();
	await ended(list);
	expect(list.snapshot().counts).toEqual({ done: 12 });
	expect(most).toBeGreaterThan(0);
	expect(most).toBeLessThanOrEqual(3);
});

test("a paused list starts nothing, and goes on where it stopped", async () => {
	const { list } = open("paused");
	list.pause();
	await list.add([text("a"), text("b")]);
	expect(list.snapshot()).toMatchObject({ state: "paused", counts: { queued: 2 } });
	list.resume();
	await ended(list);
	expect(list.snapshot().counts).toEqual({ done: 2 });
});

test("a list is paused while all that is left waits, however it was paused and resumed", async () => {
	const { list } = open("paused-rows", { parallel: 1 });
	list.pause();
	const [first = "", second = ""] = (await list.add([text("a"), text("b")])).added;
	list.resume(first);
	expect(list.snapshot().state).toBe("uploading");
	await expect.poll(() => states(list)).toEqual(["done", "queued"]);
	await expect.poll(() => list.snapshot().state).toBe("paused");
	// what is added after a row was resumed does not wait
	await list.add([text("c")]);
	await expect.poll(() => states(list)).toEqual(["done", "queued", "done"]);
	list.resume(second);
	expect(list.snapshot().state).toBe("uploading");
	await ended(list);
	expect(list.snapshot().counts).toEqual({ done: 3 });
});

test("a file that is started or tried again in a paused list waits with the others", async () => {
	const { list } = open("paused-start", { start: "manual" });
	const [first = ""] = (await list.add([text("a"), text("b")])).added;
	list.abort(first);
	list.pause();
	list.start();
	list.retry(first);
	expect(list.snapshot().state).toBe("paused");
	expect(states(list)).toEqual(["queued", "queued"]);
	list.resume();
	await ended(list);
	expect(list.snapshot().counts).toEqual({ done: 2 });
});

test("a paused file leaves its place to the next one, and takes it again when it is resumed", async () => {
	const { promise, resolve } = Promise.withResolvers<`texts/${string}`>();
	const { list } = open("place", {
		parallel: 1,
		key: (_, { path }) => (path === "a" ? promise : (`texts/place/${path}` as const)),
	});
	const [first = ""] = (await list.add([text("a"), text("b")])).added;
	expect(states(list)).toEqual(["starting", "queued"]);
	list.pause(first);
	await expect.poll(() => states(list)).toEqual(["starting", "done"]);
	resolve("texts/place/a");
	list.resume(first);
	await ended(list);
	expect(states(list)).toEqual(["done", "done"]);
});

test("a file that is paused while it is queued waits until it is resumed", async () => {
	const { list } = open("waits", { start: "manual", parallel: 1 });
	const [, second = "", third = ""] = (await list.add([text("a"), text("b"), text("c")])).added;
	// what would not start anyway is not paused
	list.pause(third);
	list.start();
	list.pause(second);
	await expect.poll(() => states(list)).toEqual(["done", "queued", "done"]);
	list.resume(second);
	await ended(list);
	expect(states(list)).toEqual(["done", "done", "done"]);
});

test("a file that was aborted while it was paused starts when it is tried again", async () => {
	const { list } = open("paused-aborted", { parallel: 1 });
	const [, second = ""] = (await list.add([text("a"), text("b")])).added;
	list.pause(second);
	list.abort(second);
	list.retry(second);
	await ended(list);
	expect(states(list)).toEqual(["done", "done"]);
});

test("a taken key is told, and the file is stored under a new name", async () => {
	const { list } = open("taken");
	await list.add([text("a")]);
	await ended(list);
	const { added } = await open("taken").list.add([]);
	expect(added).toEqual([]);
	const second = open("taken").list;
	const [id = ""] = (await second.add([text("a", "other")])).added;
	await ended(second);
	expect(second.item(id)?.snapshot()).toMatchObject({
		state: "failed",
		error: { code: "already-exists" },
	});
	second.rename(id, "texts/taken/a (2)");
	await ended(second);
	expect(second.item(id)?.snapshot()).toMatchObject({
		state: "done",
		result: { key: "texts/taken/a (2)" },
	});
});

test("what failed is tried again, and what was aborted only by its id", async () => {
	let broken = true;
	const { list } = open("again", {
		key: (_, { path }) => {
			if (broken) throw new Error("no key yet");
			return `texts/again/${path}`;
		},
	});
	const [first = "", second = ""] = (await list.add([text("a"), text("b")])).added;
	await ended(list);
	expect(states(list)).toEqual(["failed", "failed"]);
	expect(list.item(first)?.snapshot().error?.message).toBe('"a" cannot be uploaded: see `cause`.');
	broken = false;
	list.retry();
	list.abort(second);
	await ended(list);
	expect(states(list)).toEqual(["done", "aborted"]);
	list.retry();
	expect(states(list)).toEqual(["done", "aborted"]);
	list.retry(second);
	await ended(list);
	expect(states(list)).toEqual(["done", "done"]);
});

test("a removed file is gone, its upload too, and `clear` removes what has ended", async () => {
	const { promise, resolve } = Promise.withResolvers<void>();
	const waiting = (request: Request): Promise<Response> => promise.then(() => fetch(request));
	const { list } = open("removed", { parallel: 1 }, { fetch: waiting });
	const [first = "", second = ""] = (await list.add([text("a"), text("b")])).added;
	await expect.poll(() => list.item(first)?.snapshot().state).toBe("starting");
	list.remove(first);
	expect(list.item(first)).toBeUndefined();
	expect(list.snapshot()).toMatchObject({ ids: [second], total: 1 });
	resolve();
	await ended(list);
	expect(states(list)).toEqual(["done"]);
	expect(await backend.read("texts/removed/a")).toBeNull();
	list.clear();
	expect(list.snapshot()).toMatchObject({
		ids: [],
		counts: {},
		state: "idle",
		loaded: 0,
		total: 0,
	});
});

test("each file that ended is reported once, and a disposed list tells nobody", async () => {
	const reported: string[] = [];
	const { list } = open("reported", {
		onItemDone: ({ name, state }) => reported.push(`${name} ${state}`),
	});
	await list.add([text("a"), new File(["<p>"], "b", { type: "text/html" })]);
	await ended(list);
	expect(reported.toSorted()).toEqual(["a done", "b failed"]);
	let calls = 0;
	list.subscribe(() => calls++);
	list.dispose();
	await list.add([text("c")]);
	expect(calls).toBe(0);
});

test("a callback that throws leaves a stored file stored, and one that tries again finds a running list", async () => {
	const thrown = Promise.withResolvers<unknown>();
	const onError = (error: unknown): void => thrown.resolve(error);
	const others = process.listeners("uncaughtException");
	process.removeAllListeners("uncaughtException").once("uncaughtException", onError);
	const reported: string[] = [];
	const { list } = open("throws", {
		onItemDone({ state }) {
			reported.push(state);
			throw new Error("of the app");
		},
	});
	await list.add([text("a")]);
	expect(await thrown.promise).toMatchObject({ message: "of the app" });
	for (const listener of others) process.on("uncaughtException", listener);
	await ended(list);
	expect(states(list)).toEqual(["done"]);
	expect(reported).toEqual(["done"]);

	const keys = [() => Promise.reject(new Error("no key yet")), () => new Promise<never>(() => {})];
	const again = open("retried", {
		key: () => keys.shift()?.() ?? "texts/never",
		onItemDone: ({ id }) => again.list.retry(id),
	});
	await again.list.add([text("a")]);
	await expect.poll(() => keys.length).toBe(0);
	await expect.poll(() => states(again.list)).toEqual(["starting"]);
	expect(again.list.snapshot().state).toBe("uploading");
	again.list.dispose();
});

test("what is being added while all is aborted or disposed is not uploaded", async () => {
	for (const end of ["abort", "dispose"] as const) {
		const { promise, resolve } = Promise.withResolvers<object>();
		const reported: string[] = [];
		const { list } = open(end, {
			limits: () => promise,
			onItemDone: ({ state }) => reported.push(state),
		});
		const adding = list.add([text("a")]);
		list[end]();
		resolve({});
		await adding;
		expect(states(list)).toEqual(["aborted"]);
		await ended(list);
		expect(reported).toEqual(end === "abort" ? ["aborted"] : []);
		expect(await backend.read(`texts/${end}/a`)).toBeNull();
	}
});

test("an item of a disposed list tells nobody that it was aborted", async () => {
	const { list } = open("silent", { start: "manual" });
	const [id = ""] = (await list.add([text("a")])).added;
	let calls = 0;
	list.item(id)?.subscribe(() => calls++);
	list.dispose();
	await Promise.resolve();
	expect(states(list)).toEqual(["aborted"]);
	expect(calls).toBe(0);
});

test("limits that throw at once leave the decision to the server", async () => {
	const { list } = open("thrown-limits", {
		limits() {
			throw new Error("not signed in");
		},
	});
	await list.add([text("a")]);
	await ended(list);
	expect(states(list)).toEqual(["done"]);
});

test("a rejected file takes no place of another, and can be added again", async () => {
	const { list } = open("places", { maxFiles: 1, limits: { contentTypes: ["text/plain"] } });
	const page = new File(["<p>"], "page.html", { type: "text/html" });
	await list.add([page, text("a"), text("b")]);
	await ended(list);
	expect(states(list)).toEqual(["rejected", "done", "rejected"]);
	list.remove(list.snapshot().ids[1] ?? "");
	expect(await list.add([text("b")])).toMatchObject({ rejected: [], skipped: 0 });
	await ended(list);
	expect(states(list)).toEqual(["rejected", "rejected", "done"]);
});

test("a queued file that is renamed waits for `start()` as before", async () => {
	const { list } = open("renamed", { start: "manual" });
	const [id = ""] = (await list.add([text("a")])).added;
	list.rename(id, "texts/renamed/b");
	expect(list.snapshot().state).toBe("idle");
	list.start();
	await ended(list);
	expect(list.item(id)?.snapshot().result?.key).toBe("texts/renamed/b");
});

test("a file is paused while its key is looked up, and goes on when it is resumed", async () => {
	const { promise, resolve } = Promise.withResolvers<`texts/${string}`>();
	const { list } = open("early", { key: () => promise });
	const [id = ""] = (await list.add([text("a")])).added;
	list.pause(id);
	resolve("texts/early/a");
	await expect.poll(() => states(list)).toEqual(["paused"]);
	list.resume(id);
	await ended(list);
	expect(states(list)).toEqual(["done"]);
});

test("a pending upload counts once its file is attached, never falls, and is discarded when it is removed", async () => {
	const { client, list } = open("left", { pending: true });
	let forgotten = 0;
	const resume = (file: unknown, key = "texts/left/a") =>
		client.uploadFile(file as File, key as `texts/${string}`);
	const pending = { key: "texts/left/a", name: "a", size: 4, sent: 3, begun: 1 };
	const forget = async (): Promise<void> => void forgotten++;
	client.pending = async () => [
		{ ...pending, resume: (file: unknown) => resume(file), forget } as never,
		{ ...pending, name: "b", resume: () => resume(text("b"), "texts/left/b"), forget } as never,
	];
	list.subscribe(() => {});
	await expect.poll(() => list.snapshot().ids).toHaveLength(2);
	// nobody added these files just now
	expect(list.snapshot()).toMatchObject({ loaded: 0, total: 0, announcement: undefined });
	const [other = "", id = ""] = list.snapshot().ids;
	const seen: number[] = [];
	list.item(id)?.subscribe(() => seen.push(list.item(id)?.snapshot().loaded ?? 0));
	list.attach(id, text("a", "abcd"));
	await ended(list);
	expect(seen.toSorted()).toEqual(seen);
	expect(seen[0]).toBe(3);
	list.attach(id, text("a", "abcd"));
	expect(states(list)).toEqual(["needs-file", "done"]);
	expect(list.snapshot()).toMatchObject({ loaded: 4, total: 4 });
	list.remove(other);
	expect(forgotten).toBe(1);
});

test("a file with the name and size of a pending upload continues it", async () => {
	const { client, list } = open("continued", { pending: true });
	const resume = (file: unknown) => client.uploadFile(file as File, "texts/continued/kept");
	const pending = { key: "texts/continued/kept", name: "a", size: 4, sent: 3, begun: 1 };
	client.pending = async () => [{ ...pending, resume, forget: async () => {} } as never];
	list.subscribe(() => {});
	await expect.poll(() => list.snapshot().ids).toHaveLength(1);
	const { ids } = list.snapshot();
	const { added } = await list.add([text("a", "abcd"), text("a", "other")]);
	expect(added[0]).toBe(ids[0]);
	await ended(list);
	const keys = added.map((id) => list.item(id)?.snapshot().result?.key);
	expect(keys).toEqual(["texts/continued/kept", "texts/continued/a"]);
});

test("the uploads of a list have its priority, also one that continues", async () => {
	const { client, list } = open("priority", { priority: "low", pending: true });
	const seen: unknown[] = [];
	const { uploadFile } = client;
	client.uploadFile = ((...upload: Parameters<typeof uploadFile>) => {
		seen.push((upload[2] as { priority?: unknown } | undefined)?.priority);
		return uploadFile(...upload);
	}) as typeof uploadFile;
	const resume = (file: File, options: object) =>
		client.uploadFile(file, "texts/priority/left", options);
	const pending = { key: "texts/priority/left", name: "left", size: 4, sent: 3, begun: 1 };
	client.pending = async () => [{ ...pending, resume, forget: async () => {} } as never];
	list.subscribe(() => {});
	await expect.poll(() => list.snapshot().ids).toHaveLength(1);
	await list.add([text("a"), text("left")]);
	await ended(list);
	expect(states(list)).toEqual(["done", "done"]);
	expect(seen).toEqual(["low", "low"]);
});

test("of a thousand files that are added at once, the list tells once", async () => {
	const { list } = open("thousand", { start: "manual" });
	const seen: unknown[] = [];
	list.subscribe(() => seen.push(list.snapshot().announcement));
	const files = Array.from({ length: 1_000 }, (_, index) => text(`${index}`));
	const { added } = await list.add([...files, ...files]);
	await expect.poll(() => seen).toEqual([{ type: "added", count: 1_000 }]);
	expect(list.snapshot()).toMatchObject({ ids: added, counts: { queued: 1_000 }, state: "idle" });
	list.abort();
	list.clear();
	expect(list.snapshot()).toMatchObject({ ids: [], counts: {}, loaded: 0, total: 0 });
});

test("a name that no key can have fails alone, and emoji, Hebrew and empty files are stored", async () => {
	const { list } = open("names", {}, { messages: { "invalid-key": () => expect.fail("broken") } });
	const names = ["line\nbreak", "תמונה 👨‍👩‍👧.txt", "cafe\u0301", "empty"];
	await list.add(names.map((name) => text(name, name === "empty" ? "" : name)));
	await ended(list);
	expect(states(list)).toEqual(["failed", "done", "done", "done"]);
	const [broken, , , empty] = list.snapshot().ids.map((id) => list.item(id)?.snapshot());
	// words of the app that throw leave the client's own
	expect(broken?.error).toMatchObject({ code: "invalid-key" });
	expect(broken?.error?.message).not.toMatch(/broken/);
	expect(empty?.result).toMatchObject({ size: 0 });
	expect(list.snapshot().announcement).toEqual({ type: "ended", done: 3, failed: 1 });
});
