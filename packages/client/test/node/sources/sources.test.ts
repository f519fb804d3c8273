import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { openAsBlob } from "node:fs";
import {
	appendFile,
	chmod,
	mkdir,
	mkdtemp,
	open as openHandle,
	readFile,
	rename,
	rm,
	symlink,
	truncate,
	utimes,
	writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInNewContext } from "node:vm";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { fromPath } from "../../../src/node/files.js";
import { openSource } from "../../../src/node/sources/open.js";
import type { UploadBody, UploadSource } from "../../../src/platform.js";
import { expectSameBytes } from "../../fakes/values.js";
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
	const source = (await openSource(file)) as UploadSource;
	onTestFinished(() => source.close());
	return source;
}

const readText = async (body: UploadBody): Promise<string> => (await read(body)).toString();

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

test("bytes in memory are copied at the call, also by the middle of a view", async () => {
	const bytes = Buffer.from("0123456789");
	const shared = new Uint8Array(new SharedArrayBuffer(10));
	const resizable = new ArrayBuffer(10, { maxByteLength: 20 });
	const inputs = [bytes, bytes.subarray(3, 6), shared, resizable, new DataView(resizable, 1, 2)];
	const opening = inputs.map(openSource);
	bytes.fill("x");
	shared.fill(1);
	resizable.resize(0);
	const sources = (await Promise.all(opening)) as UploadSource[];
	const read = await Promise.all(sources.map(({ size, slice }) => readText(slice(0, size))));
	expect(read).toEqual(["0123456789", "345", "\0".repeat(10), "\0".repeat(10), "\0\0"]);
});

const detached = (): ArrayBuffer => {
	const buffer = new ArrayBuffer(8);
	buffer.transfer();
	return buffer;
};

/** A buffer whose last four bytes were cut off after the view of them was made. */
const truncated = <View>(view: (buffer: ArrayBuffer) => View): View => {
	const buffer = new ArrayBuffer(8, { maxByteLength: 8 });
	const made = view(buffer);
	buffer.resize(4);
	return made;
};

/** A view that was made before its buffer was transferred. */
const emptied = <View>(view: (buffer: ArrayBuffer) => View): View => {
	const buffer = new ArrayBuffer(8);
	const made = view(buffer);
	structuredClone(buffer, { transfer: [buffer] });
	return made;
};

test.each([
	["a detached buffer", detached],
	[
		"a detached buffer of another realm",
		() => runInNewContext("b = new ArrayBuffer(8); b.transfer(); b"),
	],
	["a view of a detached buffer", () => emptied((buffer) => new Uint8Array(buffer))],
	["a wide view of a detached buffer", () => emptied((buffer) => new Float64Array(buffer))],
	["a DataView of a detached buffer", () => emptied((buffer) => new DataView(buffer))],
	["a Buffer of a detached buffer", () => emptied((buffer) => Buffer.from(buffer))],
	["a view that is partly cut off", () => truncated((buffer) => new Uint8Array(buffer, 2, 4))],
	["a view that is wholly cut off", () => truncated((buffer) => new Uint16Array(buffer, 6))],
	["a DataView that is cut off", () => truncated((buffer) => new DataView(buffer, 2, 4))],
	["what only calls itself a buffer", () => ({ [Symbol.toStringTag]: "ArrayBuffer" })],
])("%s is refused, never an empty upload", async (_name, make) => {
	expect(await rejection(openSource(make()))).toMatchObject({
		name: "UploadError",
		code: "invalid-request",
		message: expect.stringContaining("The buffer has no bytes"),
	});
});

test("a view that follows the length of its buffer is stored as it is at the call", async () => {
	const view = truncated((buffer) => new Uint8Array(buffer));
	expect((await open(view)).size).toBe(4);
});

test("a buffer of more than 100 MB is refused, and the error says what to hand in instead", async () => {
	const bytes = new Uint8Array(100_000_001);
	expect(await rejection(openSource(bytes))).toMatchObject({
		code: "invalid-request",
		message: expect.stringMatching(/100000001 bytes.*100000000.*a Blob, File or path/),
	});
	expect((await open(bytes.subarray(1))).size).toBe(100_000_000);
});

test.each([
	["a Blob", "Blob"],
	["a File", "File"],
])("%s of a polyfill is read, and fails when it gives fewer bytes than it says", async (_, tag) => {
	/** What jsdom, fetch-blob and formdata-node have in common. */
	const polyfill = (text: string, size = text.length): object => ({
		[Symbol.toStringTag]: tag,
		size,
		type: "text/plain",
		slice: (start: number, end: number) => polyfill(text.slice(start, end), end - start),
		arrayBuffer: async () => new TextEncoder().encode(text).buffer,
	});
	const source = await open(polyfill("0123456789"));
	expect([source.size, source.type]).toEqual([10, "text/plain"]);
	expect(await readText(source.slice(2, 5))).toBe("234");
	const short = await open(polyfill("0123", 10));
	expect(await rejection(read(short.slice(0, 10)))).toMatchObject({ code: "file-changed" });
});

test.each([
	["became shorter", (path: string) => truncate(path, 2 * mebibyte)],
	["was emptied", (path: string) => truncate(path, 0)],
	["grew", (path: string) => appendFile(path, "more")],
	[
		"was overwritten with as many bytes",
		(path: string) => writeFile(path, randomBytes(content.length)),
	],
	[
		"was replaced",
		async (path: string) => {
			await rm(path);
			await writeFile(path, content);
		},
	],
	["was touched", (path: string) => utimes(path, new Date(), new Date(Date.now() + 5_000))],
	[
		"was overwritten with its time kept",
		async (path: string) => {
			await writeFile(path, randomBytes(content.length), { flag: "r+" });
			await utimes(path, 1_000, 1_000);
		},
	],
])(
	"a file that %s while it is read fails before its last bytes are returned",
	async (_name, change) => {
		const path = await temporaryFile(content);
		await utimes(path, 1_000, 1_000);
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

test.each([
	[
		"renamed",
		async (path: string) =>
			await rename(path, `${path}.away`).then(() => rename(`${path}.away`, path)),
	],
	["given other rights", (path: string) => chmod(path, 0o600)],
])(
	"a file that was %s may have been written to: its modification time can be set",
	async (_name, change) => {
		const path = await temporaryFile(content);
		const source = await open(fromPath(path));
		await change(path);
		expect(await rejection(read(source.slice(0, 10)))).toMatchObject({ code: "file-changed" });
	},
);

// root can read any file
test.runIf(process.getuid?.() !== 0)(
	"an unreadable file is refused before the upload begins",
	async () => {
		const path = await temporaryFile(content);
		await chmod(path, 0);
		expect(await rejection(openSource(fromPath(path)))).toMatchObject({
			code: "invalid-request",
			message: expect.stringMatching(/cannot be read \(EACCES\): .*rights/),
			cause: { code: "EACCES", path },
		});
	},
);

test("a Blob whose file changed fails as a changed file", async () => {
	const path = await temporaryFile(content);
	const source = await open(await openAsBlob(path));
	await appendFile(path, "more");
	expect(await rejection(read(source.slice(0, 10)))).toMatchObject({ code: "file-changed" });
});

// only Linux has them
describe.runIf(process.platform === "linux")("a file whose size is not true", () => {
	test.each([
		["says 0 bytes", "/proc/version"],
		["says 0 bytes and has more than a page", "/proc/kallsyms"],
		["says 4096 bytes and has fewer", "/sys/kernel/mm/transparent_hugepage/enabled"],
	])("as it %s, is read to its end", async (_name, path) => {
		const stream = await openSource(fromPath(path));
		if (!(Symbol.asyncIterator in stream)) throw new Error("It must be a stream.");
		const chunks: Uint8Array[] = [];
		for await (const chunk of stream) chunks.push(chunk);
		expectSameBytes(Buffer.concat(chunks), await readFile(path));
	});

	test("fails when bytes follow its end, which a FUSE file system may not tell", async () => {
		const path = await temporaryFile(content);
		const source = await open(fromPath(path));
		const handle = await openHandle(path);
		vi.spyOn(Object.getPrototypeOf(handle), "read").mockResolvedValue({ bytesRead: 1 });
		onTestFinished(() => void vi.restoreAllMocks());
		await handle.close();
		await read(source.slice(0, 10));
		expect(await rejection(read(source.slice(10, content.length)))).toMatchObject({
			code: "file-changed",
			message: expect.stringContaining(`more than the ${content.length} bytes`),
		});
	});
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

test("a missing file fails with its path, what to check, and the system's error", async () => {
	const path = join(await temporaryFolder(), "absent");
	const missing = { code: "invalid-request", cause: { code: "ENOENT", path } };
	const error = await rejection(openSource(fromPath(path)));
	expect(error).toMatchObject(missing);
	expect(error).toHaveProperty(
		"message",
		`${path} cannot be read (ENOENT): it does not exist. Check the path; a relative one begins at the current directory.`,
	);
	expect(await rejection(openSource(fromPath(pathToFileURL(path))))).toMatchObject(missing);
	const below = join(await temporaryFile(content), "below");
	expect(await rejection(openSource(fromPath(below)))).toMatchObject({
		message: expect.stringContaining("a part of its path is a file"),
	});
});

test("a folder that is missing or a link in a circle fails alike when its files are listed", async () => {
	const folder = await temporaryFolder();
	const list = async (path: string): Promise<unknown> =>
		await fromPath(path).files()[Symbol.asyncIterator]().next();
	expect(await rejection(list(join(folder, "absent")))).toMatchObject({
		message: expect.stringContaining("absent cannot be read (ENOENT): it does not exist."),
	});
	await symlink(join(folder, "loop"), join(folder, "loop"));
	expect(await rejection(list(join(folder, "loop")))).toMatchObject({
		message: expect.stringContaining("loop cannot be read (ELOOP)"),
	});
});

test("a path is opened for every upload, and closing a source twice is safe", async () => {
	const input = fromPath(await temporaryFile(content));
	const first = (await openSource(input)) as UploadSource;
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
	[
		"a database, which can be opened",
		new (class IDBFactory {
			readonly [Symbol.toStringTag] = "IDBFactory";
			open(): void {}
		})(),
		"a File, a Blob",
	],
])("%s is refused with a message that names what is accepted", async (_name, input, words) => {
	const error = await rejection(openSource(input));
	expect(error).toBeInstanceOf(TypeError);
	expect(error).toMatchObject({ message: expect.stringContaining(words) });
});
