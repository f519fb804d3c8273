import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { fileResumeStore, fromPath } from "../../src/node/files.js";
import { createClient, type FileOutcome, type Progress } from "../../src/node/index.js";

const uploads = defineUploads({
	"texts/*path": { authorize: "public", contentTypes: ["text/plain"], maxSize: "1 MB" },
	"large/*path": { authorize: "public", partSize: "5 MiB" },
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

const connect = (options: object = {}) =>
	createClient<typeof uploads>({ endpoint: backend.endpoint, ...options });
const text = (name: string, content = name): File =>
	new File([content], name, { type: "text/plain" });
const read = async (key: string): Promise<string | undefined> => {
	const object = await backend.read(key);
	return object ? new TextDecoder().decode(object) : undefined;
};

test("a folder is stored with its relative paths", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-folder-"));
	await mkdir(join(folder, "deep/er"), { recursive: true });
	await writeFile(join(folder, "a.txt"), "first");
	await writeFile(join(folder, "deep/er/b.txt"), "second");
	const { stored, failed } = await connect().uploadFiles(
		fromPath(folder, { type: "text/plain" }),
		(_, { path }) => `texts/folder/${path}`,
	);
	await rm(folder, { recursive: true });
	expect(failed).toEqual([]);
	expect(stored.map(({ path }) => path).toSorted()).toEqual(["a.txt", "deep/er/b.txt"]);
	expect(await read("texts/folder/a.txt")).toBe("first");
	expect(await read("texts/folder/deep/er/b.txt")).toBe("second");
});

test("what a folder holds besides files is told, not left out", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-folder-"));
	await writeFile(join(folder, "a.txt"), "file");
	await symlink(join(folder, "a.txt"), join(folder, "b.txt"));
	await symlink(folder, join(folder, "loop"));
	const { stored, failed } = await connect().uploadFiles(
		fromPath(folder, { type: "text/plain" }),
		(_, { path }) => `texts/links/${path}`,
	);
	await rm(folder, { recursive: true });
	expect(stored.map(({ path }) => path).toSorted()).toEqual(["a.txt", "b.txt"]);
	expect(failed.map(({ path, error }) => [path, error.message])).toEqual([
		["loop", expect.stringContaining("is a directory")],
	]);
});

test("a file that is refused leaves the others alone, and is listed with its error", async () => {
	const outcomes: FileOutcome[] = [];
	const files = [
		text("a"),
		new File(["<p>"], "b.html", { type: "text/html" }),
		text("c"),
		text("d", "d".repeat(1_000_001)),
	];
	const upload = connect().uploadFiles(files, ({ name }) => `texts/mixed/${name}`, {
		onFile: (outcome) => outcomes.push(outcome),
	});
	const { stored, skipped, failed } = await upload;
	expect(stored.map(({ item, key, result }) => [item.name, key, result.size])).toEqual([
		["a", "texts/mixed/a", 1],
		["c", "texts/mixed/c", 1],
	]);
	expect(skipped).toEqual([]);
	expect(failed.map(({ index, error }) => [index, error.code])).toEqual([
		[1, "unsupported-type"],
		[3, "too-large"],
	]);
	expect(outcomes.map(({ index }) => index).toSorted()).toEqual([0, 1, 2, 3]);
	expect(upload.snapshot()).toMatchObject({ state: "done", loaded: 2, total: 2 });
});

test("the options of a file may come later, as its key may", async () => {
	const html = new File(["<p>"], "a.html", { type: "text/html" });
	const optionsFor = async () => ({ contentType: "text/plain" });
	const { stored, failed } = await connect().uploadFiles(
		[html],
		({ name }) => `texts/promised/${name}`,
		{ optionsFor },
	);
	expect([stored.length, failed]).toEqual([1, []]);
});

test.each([["text"], [5], [null]])("an entry whose file is %s fails alone", async (file) => {
	const files = [text("b"), { file: file as unknown as File, path: "none" }];
	const { stored, failed } = await connect().uploadFiles(
		files,
		(_, { path }) => `texts/no-file-${typeof file}/${path}`,
	);
	expect(stored.map(({ path }) => path)).toEqual(["b"]);
	expect(failed).toMatchObject([{ path: "none", error: { code: "invalid-request" } }]);
});

test("`stop` aborts the other files and rejects with the error of the first", async () => {
	const wrong = new File(["<p>"], "wrong.html", { type: "text/html" });
	const files = [wrong, ...Array.from({ length: 500 }, (_, i) => text(`${i}`))];
	const upload = connect().uploadFiles(files, ({ name }) => `texts/stop/${name}`, {
		onError: "stop",
	});
	await expect(upload).rejects.toMatchObject({ code: "unsupported-type" });
	expect(upload.snapshot().state).toBe("failed");
	expect(await read("texts/stop/499")).toBeUndefined();
});

test("a batch that runs again skips what is stored, where that is asked for", async () => {
	const client = connect();
	const keyOf = ({ name }: File) => `texts/again/${name}` as const;
	await client.uploadFiles([text("a"), text("b")], keyOf);
	const files = [text("a"), text("b"), text("c")];
	const again = await client.uploadFiles(files, keyOf, { existing: "skip" });
	expect(again.skipped.map(({ key }) => key)).toEqual(["texts/again/a", "texts/again/b"]);
	expect(again.stored.map(({ key }) => key)).toEqual(["texts/again/c"]);
	const third = await client.uploadFiles(files, keyOf);
	expect(third.failed.map(({ error }) => error.code)).toEqual(Array(3).fill("already-exists"));
});

test("two files of one key never replace each other", async () => {
	const { stored, failed } = await connect().uploadFiles(
		[text("a", "one"), text("a", "two")],
		({ name }) => `texts/twice/${name}`,
	);
	expect(stored.map(({ index }) => index)).toEqual([0]);
	expect(failed.map(({ error }) => error.message)).toEqual([
		expect.stringContaining('Two files have the key "texts/twice/a"'),
	]);
	expect(await read("texts/twice/a")).toBe("one");
});

test("each failure has the app's own words, also one of the batch itself", async () => {
	const words = { "invalid-key": "Zweimal", internal: "Kaputt", "unsupported-type": "Kein Text" };
	const client = connect({ messages: words });
	const html = new File(["<p>"], "page.html", { type: "text/html" });
	const { failed } = await client.uploadFiles(
		[text("a"), text("b"), html, text("d")],
		({ name }) => {
			if (name === "d") throw new Error("no key");
			return name === "page.html" ? "texts/words/page" : "texts/words/same";
		},
	);
	expect(failed.map(({ error }) => error.message).toSorted()).toEqual([
		"Kaputt",
		"Kein Text",
		"Zweimal",
	]);
});

test("a generator of 200 files is read only as far as files are under way", async () => {
	let produced = 0;
	let ended = 0;
	let most = 0;
	function* files(): Generator<File, void> {
		for (let i = 0; i < 200; i++) {
			most = Math.max(most, ++produced - ended);
			yield text(`${i}`);
		}
	}
	const { stored } = await connect({ concurrency: 8 }).uploadFiles(
		files(),
		({ name }) => `texts/many/${name}`,
		{ onFile: () => void ended++ },
	);
	expect(stored).toHaveLength(200);
	// one more per file whose listener is still to be called
	expect(most).toBeLessThanOrEqual(16);
});

test("one progress counts all files, and one handle pauses and aborts them", async () => {
	const client = connect({ multipartThreshold: 1_000_000, concurrency: 1 });
	const part = new Uint8Array(6_000_000);
	const files = ["a", "b"].map((name) => new File([part, part], name));
	const loads: number[] = [];
	const upload = client.uploadFiles(files, ({ name }) => `large/${name}`, {
		onProgress: ({ loaded, total }) => {
			expect(total).toBe(24_000_000);
			if (loaded > 0 && !loads.at(-1)) upload.pause();
			loads.push(loaded);
		},
	});
	await expect.poll(() => upload.state).toBe("paused");
	upload.resume();
	await upload;
	expect(loads).toEqual(loads.toSorted((one, other) => one - other));
	expect(loads.at(-1)).toBe(24_000_000);

	const aborted = client.uploadFiles(files, ({ name }, { index }) => {
		if (index === 1) aborted.abort("enough");
		return `large/${name}-aborted`;
	});
	await expect(aborted).rejects.toMatchObject({ code: "aborted", cause: "enough" });
	expect(await read("large/b-aborted")).toBeUndefined();
});

test("what an earlier run sent counts as loaded, but not for the speed", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-resumed-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const film = join(folder, "film");
	await writeFile(film, new Uint8Array(12_000_000));
	const begin = (completes: boolean, onProgress?: (progress: Progress) => void) =>
		connect({
			multipartThreshold: 0,
			resume: fileResumeStore(join(folder, "records")),
			retry: { limit: 0, networkLimit: 0 },
			async fetch(request: Request) {
				if (request.url.endsWith("/complete") && !completes) throw new TypeError("lost");
				return await fetch(request);
			},
		}).uploadFiles(
			[{ file: fromPath(film), path: "film", size: 12_000_000 }],
			() => "large/resumed",
			{ onProgress },
		);
	expect((await begin(false)).failed).toHaveLength(1);
	const reports: Progress[] = [];
	expect((await begin(true, (progress) => reports.push(progress))).failed).toEqual([]);
	expect(reports.at(-1)).toMatchObject({ loaded: 12_000_000, total: 12_000_000 });
	expect(reports.map(({ bytesPerSecond }) => Math.round(bytesPerSecond))).toEqual(
		reports.map(() => 0),
	);
});

test.each([
	[new File(["a"], "a"), "call `uploadFile`"],
	["a.txt", "call `uploadFile`"],
	[[new Uint8Array(1)], "Each item must be a File"],
	[[{ file: new Blob(["a"]), path: "" }], "Each item must be a File"],
])("what holds no files is refused by name: %s", async (files, words) => {
	const upload = connect().uploadFiles(files as unknown as File[], () => "texts/none");
	await expect(upload).rejects.toMatchObject({
		code: "invalid-request",
		message: expect.stringContaining(words),
	});
});

test("a size that an entry states wrongly is corrected, and progress does not fall", async () => {
	const file = new Blob(["x".repeat(1_000)], { type: "text/plain" });
	const upload = connect().uploadFiles(
		[
			{ file, path: "more", size: 10 },
			{ file, path: "less", size: 5_000 },
		],
		(_, { path }) => `texts/stated/${path}`,
		{ concurrency: 1 },
	);
	const seen: number[] = [];
	upload.subscribe(() => seen.push(upload.snapshot().loaded));
	await upload;
	expect(upload.snapshot()).toMatchObject({ loaded: 2_000, total: 2_000 });
	expect(seen).toEqual(seen.toSorted((one, other) => one - other));
});

test("options of null count as none", async () => {
	const none = null as unknown as undefined;
	const { stored } = await connect().uploadFiles([text("a")], () => "texts/no-options", none);
	expect(stored).toHaveLength(1);
});

test("bad options are refused by name, and a list that fails rejects with its reason", async () => {
	const client = connect();
	const upload = (options: object) => client.uploadFiles([text("a")], () => "texts/never", options);
	await expect(upload({ onError: "ignore" })).rejects.toThrow('"continue" or "stop"');
	await expect(upload({ existing: "replace" })).rejects.toThrow('"fail" or "skip"');
	await expect(upload({ onFile: 1 })).rejects.toThrow("`onFile` must be a function");
	await expect(upload({ size: "1" })).rejects.toThrow("`size`");
	const missing = client.uploadFiles(fromPath("/does/not/exist"), () => "texts/never");
	await expect(missing).rejects.toThrow(/cannot be read \(ENOENT\): it does not exist/);
	expect(await read("texts/never")).toBeUndefined();
});
