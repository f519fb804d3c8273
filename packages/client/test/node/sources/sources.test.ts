import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { openAsBlob } from "node:fs";
import {
	appendFile,
	chmod,
	mkdir,
	mkdtemp,
	rename,
	rm,
	truncate,
	utimes,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { fromPath } from "../../../src/node/files.js";
import { openSource } from "../../../src/node/sources/open.js";
import type { UploadBody, UploadSource } from "../../../src/platform.js";
import { rejection } from "../sink.js";

const mebibyte = 1024 * 1024;

async function temporaryFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	return folder;
}

async function temporaryFile(content: Uint8Array): Promise<string> {
	const path = join(await temporaryFolder(), "file.bin");
	await writeFile(path, content);
	return path;
}

async function open(file: unknown): Promise<UploadSource> {
	const source = await openSource(file);
	onTestFinished(() => source.close());
	return source;
}

async function read(body: UploadBody): Promise<Buffer> {
	const copies: Buffer[] = [];
	for await (const chunk of body.chunks()) {
		expect(chunk.byteLength).toBeLessThanOrEqual(mebibyte);
		copies.push(Buffer.from(chunk));
	}
	return Buffer.concat(copies);
}

const content = randomBytes(3 * mebibyte + 17);

test.each([
	["a file on disk", async () => fromPath(await temporaryFile(content))],
	["a file: URL", async () => fromPath(pathToFileURL(await temporaryFile(content)))],
	["a Blob", async () => new Blob([content])],
	["a File", async () => new File([content.subarray(0, 5), content.subarray(5)], "name")],
	["a Blob that is backed by a file", async () => openAsBlob(await temporaryFile(content))],
	["an ArrayBuffer", async () => new Uint8Array(content).buffer],
	[
		"a view in the middle of a buffer",
		async () => Buffer.concat([content, content]).subarray(0, content.length),
	],
	["a DataView", async () => new DataView(content.buffer, content.byteOffset, content.length)],
	[
		"wide elements at an offset",
		async () => {
			const room = new Uint8Array(content.length - 17 + 8);
			room.set(content.subarray(0, content.length - 17), 8);
			return new Float64Array(room.buffer, 8);
		},
	],
	[
		"shared memory",
		async () => {
			const shared = new Uint8Array(new SharedArrayBuffer(content.length));
			shared.set(content);
			return shared.buffer;
		},
	],
] as const)(
	"%s is read whole and in slices, again and again, in any order",
	async (_name, make) => {
		const source = await open(await make());
		const { size } = source;
		if (size === null) throw new Error("the size must be known");
		const expected = content.subarray(0, size);
		expect(size).toBeGreaterThanOrEqual(3 * mebibyte);
		const later = source.slice(mebibyte - 1, 3 * mebibyte);
		expect((await read(source.slice(0, size))).equals(expected)).toBe(true);
		expect((await read(later)).equals(expected.subarray(mebibyte - 1, 3 * mebibyte))).toBe(true);
		expect((await read(later)).equals(expected.subarray(mebibyte - 1, 3 * mebibyte))).toBe(true);
		expect(await read(source.slice(5, 5))).toHaveLength(0);
	},
);

test("two bodies of one file are read at the same time without mixing", async () => {
	const source = await open(fromPath(await temporaryFile(content)));
	const half = content.length >> 1;
	const [first, second] = await Promise.all([
		read(source.slice(0, half)),
		read(source.slice(half, content.length)),
	]);
	expect(Buffer.concat([first, second]).equals(content)).toBe(true);
});

test("an empty file has a size of zero and no chunks", async () => {
	const source = await open(fromPath(await temporaryFile(new Uint8Array())));
	expect(source.size).toBe(0);
	expect(await read(source.slice(0, 0))).toHaveLength(0);
});

test("the content type is that of the Blob, or the one given with the path, or unknown", async () => {
	const path = await temporaryFile(content);
	expect((await open(new Blob(["x"], { type: "text/plain" }))).type).toBe("text/plain");
	expect((await open(fromPath(path, { type: "video/mp4" }))).type).toBe("video/mp4");
	expect(await open(fromPath(path))).not.toHaveProperty("type");
	expect(await open(new Blob(["x"]))).not.toHaveProperty("type");
	expect(await open(new Uint8Array(1))).not.toHaveProperty("type");
});

test("bytes in memory are not copied", async () => {
	const bytes = new Uint8Array(100);
	const source = await open(bytes);
	for await (const chunk of source.slice(10, 20).chunks()) {
		expect(chunk.buffer).toBe(bytes.buffer);
		expect(chunk.byteOffset).toBe(10);
	}
});

test.each([
	["became shorter", (path: string) => truncate(path, 2 * mebibyte)],
	["was emptied", (path: string) => truncate(path, 0)],
	["grew", (path: string) => appendFile(path, "more")],
	[
		"was overwritten with as many bytes",
		(path: string) => writeFile(path, randomBytes(content.length)),
	],
	["was touched", (path: string) => utimes(path, new Date(), new Date(Date.now() + 5_000))],
])(
	"a file that %s while it is read fails before its last bytes are returned",
	async (_name, change) => {
		const path = await temporaryFile(content);
		const source = await open(fromPath(path));
		let given = 0;
		const reading = (async () => {
			for await (const chunk of source.slice(0, content.length).chunks()) {
				if (given === 0) await change(path);
				given += chunk.byteLength;
			}
		})();
		expect(await rejection(reading)).toMatchObject({
			name: "UploadError",
			code: "file-changed",
			retryable: false,
			message: expect.stringContaining("Start again"),
		});
		expect(given).toBeLessThan(content.length);
	},
);

/** Calls back after the first chunk, and returns all of them. */
async function readWith(body: UploadBody, afterFirst: () => Promise<void>): Promise<Buffer> {
	const copies: Buffer[] = [];
	for await (const chunk of body.chunks()) {
		if (copies.push(Buffer.from(chunk)) === 1) await afterFirst();
	}
	return Buffer.concat(copies);
}

test("a file that is replaced under its name while it is read is read to the end as it was", async () => {
	const path = await temporaryFile(content);
	const source = await open(fromPath(path));
	const read = await readWith(source.slice(0, content.length), async () => {
		await rm(path);
		await writeFile(path, "another file");
	});
	expect(read.equals(content)).toBe(true);
});

test("another file of the same size and time in its place is detected", async () => {
	const path = await temporaryFile(content);
	const other = await temporaryFile(randomBytes(content.length));
	for (const each of [path, other]) await utimes(each, 1_000, 1_000);
	const source = await open(fromPath(path));
	await rename(other, path);
	expect(await rejection(read(source.slice(0, 10)))).toMatchObject({
		code: "file-changed",
		message: expect.stringContaining("was replaced"),
	});
});

test.each([
	["went away", async () => {}],
	["has become a pipe without a writer", async (path: string) => execFileSync("mkfifo", [path])],
])("a file that %s before it is read fails as a changed file, at once", async (_name, next) => {
	const path = await temporaryFile(content);
	const source = await open(fromPath(path));
	await rm(path);
	await next(path);
	expect(await rejection(read(source.slice(0, 10)))).toMatchObject({ code: "file-changed" });
});

test("a file that cannot be opened now can be opened later", async () => {
	const path = await temporaryFile(content);
	const source = await open(fromPath(path));
	await rename(path, `${path}.away`);
	const failures = [1, 2].map(() => rejection(read(source.slice(0, 10))));
	for (const failure of failures) expect(await failure).toMatchObject({ code: "file-changed" });
	await rename(`${path}.away`, path);
	expect((await read(source.slice(0, 10))).equals(content.subarray(0, 10))).toBe(true);
});

// root can read any file
test.runIf(process.getuid?.() !== 0)(
	"an unreadable file is refused before the upload begins",
	async () => {
		const path = await temporaryFile(content);
		await chmod(path, 0);
		expect(await rejection(openSource(fromPath(path)))).toMatchObject({ code: "EACCES", path });
	},
);

test("a Blob whose file changed fails as a changed file", async () => {
	const path = await temporaryFile(content);
	const source = await open(await openAsBlob(path));
	await appendFile(path, "more");
	expect(await rejection(read(source.slice(0, 10)))).toMatchObject({ code: "file-changed" });
});

test("a buffer that was transferred away during the upload fails as a changed file", async () => {
	const buffer = new ArrayBuffer(2 * mebibyte);
	const source = await open(buffer);
	buffer.transfer();
	expect(await rejection(read(source.slice(0, 10)))).toMatchObject({ code: "file-changed" });
});

test("a directory is refused by name", async () => {
	const folder = join(await temporaryFolder(), "sub");
	await mkdir(folder);
	const error = await rejection(openSource(fromPath(folder)));
	expect(error).toBeInstanceOf(TypeError);
	expect(error).toMatchObject({ message: expect.stringContaining(`${folder} is a directory`) });
});

test("a pipe without a writer is refused at once instead of waited for", async () => {
	const path = join(await temporaryFolder(), "pipe");
	execFileSync("mkfifo", [path]);
	expect(await rejection(openSource(fromPath(path)))).toMatchObject({
		name: "TypeError",
		message: expect.stringContaining("is a pipe"),
	});
});

test("a device is refused", async () => {
	expect(await rejection(openSource(fromPath("/dev/null")))).toMatchObject({
		message: expect.stringContaining("/dev/null is a device"),
	});
});

test("a missing file fails with the system's error", async () => {
	const path = join(await temporaryFolder(), "absent");
	expect(await rejection(openSource(fromPath(path)))).toMatchObject({ code: "ENOENT", path });
});

test("a path is opened for every upload, and closing a source twice is safe", async () => {
	const input = fromPath(await temporaryFile(content));
	const first = await openSource(input);
	const second = await open(input);
	await Promise.all([first.close(), first.close()]);
	await first.close();
	expect((await read(second.slice(0, 5))).equals(content.subarray(0, 5))).toBe(true);
});

test.each([
	["a path that is not wrapped", "./film.mp4", "fromPath()"],
	["null", null, "a File, a Blob"],
	["undefined", undefined, "a File, a Blob"],
	["a number", 7, "a File, a Blob"],
	["an array of bytes", [1, 2, 3], "a File, a Blob"],
])("%s is refused with a message that names what is accepted", async (_name, input, words) => {
	const error = await rejection(openSource(input));
	expect(error).toBeInstanceOf(TypeError);
	expect(error).toMatchObject({ message: expect.stringContaining(words) });
});
