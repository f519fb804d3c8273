import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { defineUploads } from "@skyput/server";
import { type Backend, faultNamed, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { closedOrigin } from "../../../../tools/closed-origin.js";
import { makeFolder } from "../folder.js";
import { type RunCommandOptions, run } from "../run.js";

/** Takes two texts; a Standard Schema. */
const schema = {
	"~standard": {
		version: 1 as const,
		vendor: "test",
		validate: (value: unknown) => ({ value: value as { title: string; year: string } }),
	},
};
const mebibyte = 2 ** 20;
let backend: Backend;

beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({
			"odd/*path": { authorize: "public" },
			"files/*path": { maxSize: "60 MB", authorize: "public", partSize: 5 * mebibyte },
			"images/:name": { contentTypes: ["image/*"], authorize: "public" },
			"titled/:name": {
				authorize: "public",
				metadata: schema,
				onComplete: ({ metadata }) => metadata,
			},
			"mine/:name": { authorize: ({ principal }) => principal !== null },
		}),
		handlerProxy: {},
	});
});
beforeEach(() => backend.clear());
afterAll(() => backend.close());

const upload = (words: readonly string[], options: RunCommandOptions = {}) =>
	run(["upload", ...words, "--endpoint", backend.endpoint, "--no-resume"], options);

const stored = async (key: string): Promise<string | undefined> => {
	const bytes = await backend.read(key);
	return bytes === null ? undefined : Buffer.from(bytes).toString();
};

test("a file is stored under the key, or below a key that ends with a slash", async () => {
	const cwd = await makeFolder({ "notes/today.txt": "today" });
	expect(await upload(["notes/today.txt", "files/one"], { cwd })).toMatchObject({
		exitCode: 0,
		stdout: "stored   notes/today.txt as files/one (5 B)\n",
		stderr: "",
	});
	await upload(["notes/today.txt", "files/dir/"], { cwd });
	expect(await stored("files/one")).toBe("today");
	expect(await stored("files/dir/today.txt")).toBe("today");
});

test("a folder's files are stored by their paths in it", async () => {
	const cwd = await makeFolder({ "photos/a.txt": "a", "photos/below/b.txt": "b" });
	const { exitCode, stdout } = await upload(["photos", "files/folder"], { cwd });
	expect(exitCode).toBe(0);
	expect(stdout).toContain("2 stored (2 B), 0 skipped, 0 failed");
	expect(await stored("files/folder/a.txt")).toBe("a");
	expect(await stored("files/folder/below/b.txt")).toBe("b");
});

test("several files and folders are stored by their names", async () => {
	const cwd = await makeFolder({ "x/a.txt": "a", "c.txt": "c" });
	expect(await upload(["x", "c.txt", "files/several"], { cwd })).toMatchObject({ exitCode: 0 });
	expect(await stored("files/several/x/a.txt")).toBe("a");
	expect(await stored("files/several/c.txt")).toBe("c");
});

test("stdin of unknown length is stored under the key", async () => {
	const bytes = randomBytes(6 * mebibyte);
	expect(await upload(["-", "files/stdin"], { stdin: bytes })).toMatchObject({
		exitCode: 0,
		stdout: expect.stringContaining("stored   stdin as files/stdin (6.3 MB)\n"),
	});
	expect(Buffer.compare((await backend.read("files/stdin")) ?? Buffer.of(), bytes)).toBe(0);
});

test("the content type is the extension's unless the option says another", async () => {
	const cwd = await makeFolder({ "a.png": "png", "b.dat": "b" });
	expect(await upload(["a.png", "images/"], { cwd })).toMatchObject({ exitCode: 0 });
	const { exitCode, stderr } = await upload(["b.dat", "images/"], { cwd });
	expect(exitCode).toBe(1);
	expect(stderr).toContain("[unsupported-type]");
	const typed = await upload(["b.dat", "images/", "-t", "image/webp"], { cwd });
	expect(typed).toMatchObject({ exitCode: 0 });
});

test("a key that exists fails, and is skipped with --existing skip", async () => {
	const cwd = await makeFolder({ "a.txt": "new" });
	await upload(["a.txt", "files/taken"], { cwd });
	const { exitCode, stdout, stderr } = await upload(["a.txt", "files/taken"], { cwd });
	expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
	expect(stderr).toMatch(/^failed {3}a\.txt: .+ --existing skip .+ \[already-exists\]\n$/);
	expect(await upload(["a.txt", "files/taken", "--existing", "skip"], { cwd })).toMatchObject({
		exitCode: 0,
		stdout: "skipped  a.txt: files/taken exists\n",
	});
});

test("--json prints one document with every file, also where one fails", async () => {
	const cwd = await makeFolder({ "good.txt": "good", "big.bin": Buffer.alloc(61e6) });
	const words = ["good.txt", "big.bin", "files/json", "--json"];
	const { exitCode, documents, stderr } = await upload(words, { cwd });
	expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: "" });
	expect(documents).toEqual([
		{
			stored: [
				expect.objectContaining({
					file: "good.txt",
					requestedKey: "files/json/good.txt",
					key: "files/json/good.txt",
					size: 4,
					verified: true,
				}),
			],
			skipped: [],
			failed: [
				{
					file: "big.bin",
					key: "files/json/big.bin",
					error: {
						code: "too-large",
						message: expect.any(String),
						requestId: expect.any(String),
					},
				},
			],
		},
	]);
});

test("--on-error stop ends with the first failure", async () => {
	const cwd = await makeFolder({ "in/a.txt": "a", "in/b.txt": "b" });
	const words = ["in", "other", "--on-error", "stop", "--concurrency", "1", "--json"];
	const { exitCode, documents } = await upload(words, { cwd });
	expect(exitCode).toBe(1);
	expect(documents).toMatchObject([{ failed: [{ error: { code: "unauthenticated" } }] }]);
});

test("headers and SKYPUT_AUTHORIZATION reach the handler, and the endpoint may come from the environment", async () => {
	const seen: unknown[] = [];
	const server = createServer((request, response) => {
		seen.push([request.headers.authorization, request.headers["x-tenant"]]);
		const problem = { code: "forbidden", title: "", status: 403, detail: "No.", requestId: "1" };
		response.writeHead(403, { "content-type": "application/problem+json" });
		response.end(JSON.stringify(problem));
	}).listen(0, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	const port = typeof address === "object" ? address?.port : 0;
	const cwd = await makeFolder({ "a.txt": "a" });
	const result = await run(["upload", "a.txt", "k", "-H", "X-Tenant: acme"], {
		cwd,
		env: { SKYPUT_ENDPOINT: `http://127.0.0.1:${port}`, SKYPUT_AUTHORIZATION: "Bearer secret" },
	});
	server.close();
	server.closeAllConnections();
	expect(result).toMatchObject({ exitCode: 1 });
	expect(result.stderr).not.toContain("secret");
	expect(seen).toEqual([["Bearer secret", "acme"]]);
});

test.each([
	[["a.txt"], "the key is missing"],
	[
		["none.txt", "files/none"],
		"none.txt cannot be read: it does not exist (ENOENT). Nothing was uploaded",
	],
	[["-", "a.txt", "files/x"], "stdin (-) cannot be uploaded together with files"],
	[["-", "files/"], "stdin has no name to follow files/"],
	[
		["a.txt", "copy/a.txt", "files/x"],
		"a.txt and copy/a.txt would both be stored as files/x/a.txt",
	],
	[["a.txt", "k", "--concurrency", "99"], "It is a whole number from 1 to 16."],
	[["a.txt", "k", "--retries", "-1"], "It is a whole number from 0 to 1000."],
	[["a.txt", "k", "--header", "no colon"], 'Write it as "Name: value".'],
	[["a.txt", "k", "--existing", "ask"], "Allowed choices are fail, skip."],
])("%j is wrong usage, and nothing is sent", async (words, message) => {
	const cwd = await makeFolder({ "a.txt": "a", "copy/a.txt": "a" });
	const before = backend.handlerProxy?.log.length;
	const { exitCode, stderr } = await upload(words, { cwd });
	expect(stderr).toContain(message);
	expect(exitCode).toBe(2);
	expect(backend.handlerProxy?.log.length).toBe(before);
});

test("a folder without files is wrong usage, and an empty file is stored", async () => {
	const cwd = await makeFolder({ "empty.txt": "" });
	await mkdir(join(cwd, "photos/below"), { recursive: true });
	expect(await upload(["photos", "files/photos"], { cwd })).toMatchObject({
		exitCode: 2,
		stderr: expect.stringContaining(
			"there is no file to upload in photos. Note that the last argument is",
		),
	});
	expect(await upload(["empty.txt", "files/empty"], { cwd })).toMatchObject({ exitCode: 0 });
	expect(await stored("files/empty")).toBe("");
});

test("a link to a folder, a broken one and a pipe fail alone, each with its reason", async () => {
	const cwd = await makeFolder({ "d/a.txt": "a", "d/sub/b #?ü.txt": "b" });
	await symlink("..", join(cwd, "d/sub/loop"));
	await symlink("none", join(cwd, "d/broken"));
	await promisify(execFile)("mkfifo", [join(cwd, "d/pipe")]);
	const { exitCode, stdout, stderr } = await upload(["d", "odd/d"], { cwd });
	expect(exitCode).toBe(1);
	expect(stderr.trim().split("\n").sort()).toEqual([
		"failed   d/broken: it cannot be read: it does not exist (ENOENT). [invalid-request]",
		"failed   d/pipe: it is a pipe or a device. Pipe its data into the command, and name it -. [invalid-request]",
		"failed   d/sub/loop: it is a link to a folder, which is not followed. Name the folder itself. [invalid-request]",
	]);
	expect(stdout).toContain("stored   d/sub/b #?ü.txt as odd/d/sub/b #?ü.txt (1 B)\n");
	expect(stdout).not.toMatch(/\d\.\d+ B/);
});

test("without an endpoint the message names the option and the variable", async () => {
	const { exitCode, stderr } = await run(["upload", "a", "b"]);
	expect(exitCode).toBe(2);
	expect(stderr).toContain("give --endpoint, or set SKYPUT_ENDPOINT");
});

test("an endpoint that is not a URL is wrong usage", async () => {
	const cwd = await makeFolder({ "a.txt": "a" });
	const { exitCode, stderr } = await run(["upload", "a.txt", "k", "-e", "api.example.com"], {
		cwd,
	});
	expect(exitCode).toBe(2);
	expect(stderr).toContain('the endpoint "api.example.com" is not an http or https URL');
});

test("a server that is not there is told once, and fails after --retries", async () => {
	const cwd = await makeFolder({ "a.txt": "a" });
	const words = ["upload", "a.txt", "k", "-e", closedOrigin, "--retries", "2"];
	const { exitCode, stderr } = await run(words, { cwd });
	expect(exitCode).toBe(1);
	expect(stderr.match(/Retrying…/g)).toHaveLength(1);
	expect(stderr).toMatch(/failed {3}a\.txt: .+127\.0\.0\.1.+ \[network\]\n$/);
});

test("--metadata reaches the rule's schema", async () => {
	const cwd = await makeFolder({ "a.txt": "a" });
	const words = ["a.txt", "titled/a", "-m", "title=A film", "--metadata", "year=1999", "--json"];
	const { documents } = await upload(words, { cwd });
	expect(documents).toMatchObject([{ stored: [{ data: { title: "A film", year: "1999" } }] }]);
});

test("a terminal has one line that changes, and it is gone in the end", async () => {
	const cwd = await makeFolder({ "film.bin": randomBytes(12 * mebibyte) });
	const words = ["film.bin", "files/film"];
	const { stdout } = await upload(words, { cwd, terminal: true });
	expect(stdout).toMatch(/━+.* \d+ % {2}.*12\.6 MB/);
	expect(stdout.endsWith("\r\u001b[2K") || stdout.endsWith("\n")).toBe(true);
	const last = stdout.split("\n").at(-1)?.split("\r\u001b[2K").at(-1);
	expect(last).toBe("");
});

test.each([20, 40, 60])("the line is no wider than a terminal of %d columns", async (columns) => {
	const cwd = await makeFolder({ "film.bin": randomBytes(12 * mebibyte) });
	const words = ["film.bin", `files/narrow/${columns}`];
	const { stdout } = await upload(words, { cwd, terminal: true, columns, env: { NO_COLOR: "1" } });
	const lines = stdout
		.replaceAll("\r\u001b[2K", "\n")
		.split("\n")
		.filter((line) => line.includes(" %  "));
	expect(lines.length).toBeGreaterThan(0);
	for (const line of lines) expect(line.length).toBeLessThan(columns);
	// no figure is cut, where one fits
	const incomplete = lines.filter((line) => !/( of 12\.6 MB|MB\/s|s left)$/.test(line));
	if (columns > 20) expect(incomplete).toEqual([]);
});

test("what an upload waits for is told while it tries again", async () => {
	const cwd = await makeFolder({ "a.txt": "a" });
	backend.handlerProxy?.rules.push({
		fault: faultNamed("503 SlowDown"),
		operation: "create",
		nth: 1,
	});
	const { exitCode, stderr } = await upload(["a.txt", "files/retried"], { cwd });
	expect(exitCode).toBe(0);
	expect(stderr).toMatch(/Retrying…\n$/);
});
