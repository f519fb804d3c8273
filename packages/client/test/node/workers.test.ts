import { randomBytes } from "node:crypto";
import { fstatSync } from "node:fs";
import { appendFile, mkdtemp, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { expect, onTestFinished, test, vi } from "vitest";
import { UploadError } from "../../src/errors.js";
import { createAgents } from "../../src/node/agents.js";
import { createAttempt } from "../../src/node/attempt.js";
import { fromPath } from "../../src/node/files.js";
import { hashers } from "../../src/node/hashers.js";
import { createFileBody, type FileBody, isFileBody } from "../../src/node/sources/file-body.js";
import { openSource } from "../../src/node/sources/open.js";
import { createTransport } from "../../src/node/transport.js";
import { workerCode } from "../../src/node/workers/code.js";
import { type Crew, createCrew } from "../../src/node/workers/crew.js";
import { delegate } from "../../src/node/workers/delegate.js";
import { packError, unpackError } from "../../src/node/workers/packed-error.js";
import { StallError, type UploadSource } from "../../src/platform.js";
import {
	bodyOf,
	fileBodyOf,
	isNetworkFailure,
	onHead,
	openWorkerTransport,
	readyAtOnce,
	rejection,
	type Send,
	sendHashed,
	startRawSink,
	startSink,
	until,
} from "./sink.js";

const mebibyte = 1024 * 1024;
const content = randomBytes(24 * mebibyte + 13);

async function temporaryFile(bytes: Uint8Array): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), "skyput-"));
	onTestFinished(() => rm(folder, { recursive: true }));
	const path = join(folder, "file.bin");
	await writeFile(path, bytes);
	return path;
}

async function openFile(path: string): Promise<UploadSource> {
	const source = await openSource(fromPath(path));
	onTestFinished(() => source.close());
	return source;
}

function isOpen(fd: number): boolean {
	try {
		return fstatSync(fd).isFile();
	} catch {
		return false;
	}
}

/** The threads that this process starts from now on. */
function countThreads(): () => number {
	let threads = 0;
	const count = () => void threads++;
	process.on("worker", count);
	onTestFinished(() => void process.off("worker", count));
	return () => threads;
}

/** A transport of a crew and of this thread, which tells how often this thread had to send. */
function openBoth(crew: Crew, smallest = 0): { readonly send: Send; readonly here: () => number } {
	const agents = createAgents(4);
	onTestFinished(() => agents.http.destroy());
	const attempt = createAttempt(agents);
	let here = 0;
	const send = createTransport(
		delegate(
			(...request) => {
				here++;
				return attempt(...request);
			},
			readyAtOnce(crew),
			{ smallest },
		),
	);
	return {
		here: () => here,
		send: sendHashed(send),
	};
}

const startReadingSink = () =>
	startSink((request, response) => {
		request.resume();
		request.on("end", () => response.end());
	});

/** A server that reads the head of a request and then nothing more. */
const startStuckSink = () => startRawSink((socket) => onHead(socket, () => {}));

test("parts of a file arrive whole and hashed, by one thread, and what is told never falls", async () => {
	const threads = countThreads();
	const stored = new Map<string, number>();
	const sink = await startSink((request, response) => {
		let crc = 0;
		request.on("data", (chunk: Buffer) => {
			crc = crc32(chunk, crc);
		});
		request.on("end", () => {
			stored.set(request.headers["x-part"] as string, crc);
			response.end();
		});
	});
	const { send } = openWorkerTransport();
	const source = await openFile(await temporaryFile(content));
	const partSize = 5 * mebibyte;
	const starts = Array.from({ length: 5 }, (_, index) => index * partSize);
	await Promise.all(
		starts.map(async (start) => {
			const end = Math.min(start + partSize, content.length);
			const hash = hashers.crc32();
			const sent: number[] = [];
			const { status } = await send(sink.url, source.slice(start, end), {
				headers: { "x-part": `${start}` },
				onSent: (bytes) => sent.push(bytes),
				hash,
			});
			expect([status, sent.at(-1)]).toEqual([200, end - start]);
			expect(sent).toEqual(sent.toSorted((a, b) => a - b));
			const crc = crc32(content.subarray(start, end));
			expect(stored.get(`${start}`)).toBe(crc);
			expect(Buffer.from(hash.digest(), "base64").readUInt32BE()).toBe(crc);
		}),
	);
	expect(threads()).toBe(1);
});

test("parts that are sent one after the other need one connection", async () => {
	const sink = await startReadingSink();
	const { send } = openWorkerTransport();
	for (let round = 0; round < 3; round++) await send(sink.url, fileBodyOf(content));
	expect(sink.accepted()).toBe(1);
});

test.each(["md5", "sha256"] as const)("%s is computed where the bytes are read", async (name) => {
	const sink = await startReadingSink();
	const [there, here] = [hashers[name](), hashers[name]()];
	await openWorkerTransport().send(sink.url, fileBodyOf(content), { hash: there });
	here.update(content);
	expect(there.digest()).toBe(here.digest());
});

test("small files and bytes in memory start no thread", async () => {
	const threads = countThreads();
	const sink = await startReadingSink();
	const { send, here } = openBoth(createCrew(4), content.length + 1);
	await send(sink.url, fileBodyOf(content));
	await send(sink.url, bodyOf(content));
	expect([here(), threads()]).toEqual([2, 0]);
});

test.each([
	["became shorter", (path: string) => truncate(path, 20 * mebibyte)],
	["grew", (path: string) => appendFile(path, "more")],
	["was touched", (path: string) => utimes(path, new Date(), new Date(Date.now() + 5_000))],
])("a file that %s while a worker sends it fails as a changed file", async (_name, change) => {
	const path = await temporaryFile(content);
	const source = await openFile(path);
	const sink = await startRawSink((socket) =>
		onHead(socket, () => void change(path).then(() => socket.resume())),
	);
	const { send } = openWorkerTransport();
	const error = await rejection(send(sink.url, source.slice(0, content.length)));
	expect(error).toBeInstanceOf(UploadError);
	expect(error).toMatchObject({
		code: "file-changed",
		retryable: false,
		message: expect.stringContaining("Start again"),
	});
	await expect.poll(sink.remaining).toBe(0);
});

test("a file that is being sent by another thread stays open until that has let go of it", async () => {
	const source = await openSource(fromPath(await temporaryFile(content)));
	const body = source.slice(0, content.length) as FileBody;
	expect(isFileBody(body)).toBe(true);
	const sink = await startStuckSink();
	const { send } = openWorkerTransport();
	const controller = new AbortController();
	let sent = 0;
	const sending = rejection(
		send(sink.url, body, {
			signal: controller.signal,
			onSent: (bytes) => {
				sent = bytes;
			},
		}),
	);
	await until(() => sent > 0);
	const { fd, release } = await body.file.hold();
	controller.abort("enough");
	expect(await sending).toBe("enough");
	await source.close();
	await expect(body.file.hold()).rejects.toThrow("closed");
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(fstatSync(fd).size).toBe(content.length);
	release();
	await until(() => !isOpen(fd));
});

test("a worker that dies in the middle of a body is a lost connection, and this thread goes on", async () => {
	const dying = `${workerCode}
		require("node:worker_threads").parentPort.on("message", () => setTimeout(() => process.exit(), 300));`;
	const { send, here } = openBoth(createCrew(4, dying));
	const stuck = await startStuckSink();
	let sent = 0;
	const error = await rejection(
		send(stuck.url, fileBodyOf(content), {
			onSent: (bytes) => {
				sent = bytes;
			},
		}),
	);
	expect(sent).toBeGreaterThan(0);
	expect(error).toSatisfy(isNetworkFailure);
	expect([await send((await startReadingSink()).url, fileBodyOf(content)), here()]).toMatchObject([
		{ status: 200 },
		1,
	]);
});

test("a worker that is lost while the file is being opened lets go of it", async () => {
	const dying = `require("node:worker_threads").parentPort.on("message", () => process.exit());`;
	const { send, here } = openBoth(createCrew(4, dying));
	const { file, size } = fileBodyOf(content);
	const { fd } = await file.hold();
	const opening = Promise.withResolvers<void>();
	let holds = 0;
	let releases = 0;
	const hold = async () => {
		if (++holds === 1) await opening.promise;
		return { fd, release: () => void releases++ };
	};
	const sink = await startReadingSink();
	// it is pinged while it waits for the file
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	const sending = send(sink.url, createFileBody({ state: file.state, hold }, 0, size));
	await vi.advanceTimersByTimeAsync(2_500);
	expect((await sending).status).toBe(200);
	expect([here(), holds, releases]).toEqual([1, 2, 1]);
	opening.resolve();
	await until(() => releases === 2);
});

test.each([
	["throws when it starts", `throw new Error("no");`],
	["ends when it starts", "process.exit(1);"],
	["is no program at all", "}{"],
	[
		"dies before a byte has left",
		`require("node:worker_threads").parentPort.on("message", () => process.exit());`,
	],
])("where a worker %s, this thread sends within the same attempt", async (_name, code) => {
	const threads = countThreads();
	const { send, here } = openBoth(createCrew(4, code));
	const sink = await startReadingSink();
	for (let round = 1; round <= 2; round++) {
		expect((await send(sink.url, fileBodyOf(content))).status).toBe(200);
		expect(here()).toBe(round);
	}
	expect(threads()).toBe(1);
});

test.each([
	[["--dns-result-order", "ipv4first"]],
	[["--dns-result-order=ipv4first"]],
	[["--dns_result_order=ipv4first", "--title", "dns"]],
	[["--title", "dns-x", "--no-warnings", "--dns-result-order", "ipv4first", "-r", "node:fs"]],
])("a worker connects as the process is told to by %j", async (words) => {
	const before = process.execArgv;
	process.execArgv = words;
	onTestFinished(() => {
		process.execArgv = before;
	});
	const telling = `
		const statusText = require("node:dns").getDefaultResultOrder();
		const answer = { status: 200, statusText, rawHeaders: [], body: new Uint8Array() };
		const { parentPort } = require("node:worker_threads");
		parentPort.on("message", ({ id }) => parentPort.postMessage({ kind: "end", id, outcome: { answer } }));`;
	const { send } = openWorkerTransport(4, createCrew(4, telling));
	expect((await send("http://host/", fileBodyOf(content))).statusText).toBe("ipv4first");
});

test("without code for a worker, and where none may be started, this thread sends", async () => {
	const sink = await startReadingSink();
	for (const crew of [createCrew(4, ""), createCrew(4, Symbol("no script") as never)]) {
		const { send, here } = openBoth(crew);
		expect((await send(sink.url, fileBodyOf(content))).status).toBe(200);
		expect(here()).toBe(1);
	}
});

test("a worker that answers no more is a stall, and this thread goes on", async () => {
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	const hanging = `require("node:worker_threads").parentPort.on("message", () => { for (;;); });`;
	const { send, here } = openBoth(createCrew(4, hanging));
	const sink = await startReadingSink();
	const sending = rejection(send(sink.url, fileBodyOf(content), { stallTimeout: 30_000 }));
	await vi.advanceTimersByTimeAsync(30_000);
	expect(here()).toBe(0);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(await sending).toBeInstanceOf(StallError);
	expect((await send(sink.url, fileBodyOf(content))).status).toBe(200);
	expect(here()).toBe(1);
});

test("a worker that is alive is not given up however long the answer takes", async () => {
	vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
	onTestFinished(() => void vi.useRealTimers());
	let answer = () => {};
	const sink = await startSink((request, response) => {
		request.resume();
		answer = () => response.end();
	});
	let sent = 0;
	const sending = openWorkerTransport().send(sink.url, fileBodyOf(content), {
		onSent: (bytes) => {
			sent = bytes;
		},
	});
	await until(() => sent === content.length);
	for (let quarter = 0; quarter < 20; quarter++) {
		await vi.advanceTimersByTimeAsync(2_500);
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	answer();
	expect((await sending).status).toBe(200);
});

test("what a worker cannot reach is tried by this thread, which may be set up otherwise", async () => {
	const { send, here } = openBoth(createCrew(4));
	const error = await rejection(send("http://127.0.0.1:1/?sig=secret", fileBodyOf(content)));
	expect(error).toSatisfy(isNetworkFailure);
	expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
	expect(here()).toBe(1);
});

test("an error keeps its class, its code and its causes between threads, and nothing that may hold a URL", () => {
	const system = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), {
		code: "ECONNREFUSED",
		syscall: "connect",
		port: 1,
		input: "http://host/?sig=secret",
	});
	const errors = [
		new TypeError("fetch failed", { cause: system }),
		new StallError("Nothing moved."),
		new UploadError("file-changed", "It changed.", { cause: new RangeError("short") }),
		system,
	];
	for (const error of errors) {
		const packed = structuredClone(packError(error));
		expect(JSON.stringify(packed)).not.toContain("secret");
		const unpacked = unpackError(packed);
		expect(unpacked).toBeInstanceOf(error === system ? Error : error.constructor);
		expect(unpacked.message).toBe(error.message);
		if (error.cause) expect(unpacked.cause).toMatchObject({ message: expect.any(String) });
	}
	expect(unpackError(packError(errors[0])).cause).toMatchObject({
		code: "ECONNREFUSED",
		syscall: "connect",
		port: 1,
	});
	expect(unpackError(packError(errors[2]))).toMatchObject({
		code: "file-changed",
		retryable: false,
	});
	expect(unpackError(packError("a word"))).toMatchObject({ message: "a word" });
});
