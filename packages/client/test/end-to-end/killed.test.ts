import { type ChildProcess, fork } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { once } from "node:events";
import { appendFile, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import { defineUploads } from "@skyput/server";
import { azureProvider } from "@skyput/server/azure";
import { type Backend, type S3Server, startBackend, startS3Server } from "@skyput/testing";
import { build } from "vite";
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { expectSameBytes } from "../fakes/values.js";

const mebibyte = 2 ** 20;
const partSize = 5 * mebibyte;
const partCount = 12;
const size = (partCount - 1) * partSize + 12_345;
const uploads = defineUploads({ "films/:name": { authorize: "public", partSize } });
const program = fileURLToPath(new URL("upload-until-killed.mjs", import.meta.url));

let folder: string;
let path: string;
/** Another for each attempt of a test. */
let key: string;
let records: string;
let storage: S3Server;
let backend: Backend;
let relay: Relay;
const content = randomBytes(size);
const children: ChildProcess[] = [];

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-killed-"));
	await build({
		configFile: false,
		logLevel: "error",
		resolve: { conditions: ["source"] },
		ssr: { noExternal: true, resolve: { conditions: ["source"] } },
		build: {
			ssr: fileURLToPath(new URL("node-entry.ts", import.meta.url)),
			outDir: join(folder, "client"),
			rollupOptions: { output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" } },
		},
	});
	storage = await startS3Server();
	relay = await startRelay(storage.endpoint);
	backend = await startBackend({
		uploads,
		storage: { ...storage, endpoint: relay.endpoint },
	});
});

beforeEach(async () => {
	path = join(folder, "film.bin");
	key = `films/${randomUUID()}`;
	records = await mkdtemp(join(folder, "records-"));
	await writeFile(path, content);
	relay.parts.length = 0;
	relay.completeWhen(Promise.resolve());
});

afterAll(async () => {
	for (const child of children) child.kill("SIGKILL");
	await backend.close();
	await relay.close();
	await storage.close();
	await rm(folder, { recursive: true });
});

interface Relay {
	readonly endpoint: string;
	/** The parts that came whole, in order, by number. */
	readonly parts: number[];
	/** Requests that wait for their answers. */
	readonly held: () => number;
	/** Lets this many parts through to the storage, and has the others wait until called again: to be sent once more. */
	pass(parts: number): void;
	/** Has completions wait, until the next test. */
	completeWhen(ready: Promise<void>): void;
	close(): Promise<void>;
}

/** The number of a part, or of a block on Azure. */
function numberOf({ searchParams }: URL): number | null {
	const block = searchParams.get("blockid");
	const number = searchParams.get("partNumber") ?? (block && Buffer.from(block, "base64"));
	return number === null ? null : Number(number);
}

/** Stands before the storage and counts the parts that pass; only the signed host remains as it was. */
async function startRelay(target: string): Promise<Relay> {
	const parts: number[] = [];
	let passing = Number.POSITIVE_INFINITY;
	const held = new Set<() => unknown>();
	let ready: Promise<void> | undefined;
	// as long as the storage says in the headers that are passed on
	const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
		const url = new URL(request.url ?? "", target);
		const part = request.method === "PUT" ? numberOf(url) : null;
		if (part !== null && --passing < 0) {
			// read, so that a connection is seen to close
			request.resume();
			const release = (): unknown => response.writeHead(503).end();
			held.add(release);
			response.once("close", () => held.delete(release));
			return;
		}
		const { method, headers } = request;
		const forward = http.request(url, { method, headers, setHost: false }, (answer) => {
			if (part !== null && (answer.statusCode ?? 500) < 300) parts.push(part);
			response.writeHead(answer.statusCode ?? 500, answer.headers);
			answer.pipe(response);
		});
		request.once("close", () => request.complete || forward.destroy());
		forward.once("error", () => response.destroy());
		const isCompletion = request.method === "POST" && url.searchParams.has("uploadId");
		const pipe = (): unknown => request.pipe(forward);
		if (isCompletion && ready) void ready.then(pipe);
		else pipe();
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as { readonly port: number };
	return {
		endpoint: `http://127.0.0.1:${port}`,
		parts,
		held: () => held.size,
		pass(count) {
			passing = count;
			for (const release of held) release();
		},
		completeWhen(condition) {
			ready = condition;
		},
		async close() {
			server.closeAllConnections();
			server.close();
			await once(server, "close");
		},
	};
}

interface Message {
	readonly loaded?: number;
	/** It has read the record, and is about to wait for the lock. */
	readonly locking?: true;
	/** It has read the record, which has the digests of so many parts. */
	readonly known?: number;
	readonly result?: { readonly size: number; readonly checksum?: { readonly value: string } };
	readonly code?: string;
	readonly message?: string;
}

interface Running {
	readonly child: ChildProcess;
	readonly ended: Promise<Message>;
	readonly loaded: number[];
	/** Of how many parts it has last read the digests. */
	readonly known: () => number;
	readonly locking: Promise<void>;
	kill(): Promise<void>;
}

function start(key: string, endpoint: string = backend.endpoint): Running {
	const client = pathToFileURL(join(folder, "client", "node-entry.mjs")).href;
	const options = { endpoint: `${endpoint}/uploads`, path, key, records };
	const child = fork(program, [client, JSON.stringify(options)], { execArgv: [] });
	children.push(child);
	const loaded: number[] = [];
	let known = 0;
	const locked = Promise.withResolvers<void>();
	const ended = new Promise<Message>((resolve) => {
		child.on("message", (message: Message) => {
			if (message.loaded !== undefined) loaded.push(message.loaded);
			else if (message.known !== undefined) known = message.known;
			else if (message.locking) locked.resolve();
			else resolve(message);
		});
		child.once("exit", (code, signal) => resolve({ code: "exit", message: `${code} ${signal}` }));
	});
	return {
		child,
		ended,
		loaded,
		known: () => known,
		locking: locked.promise,
		async kill() {
			child.kill("SIGKILL");
			if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
		},
	};
}

const until = (condition: () => boolean): Promise<void> =>
	expect.poll(condition, { interval: 5 }).toBe(true);

/** Waits until five parts are stored, two are being sent, and the record is on disk, however busy that is. */
async function untilInTheMiddle({ parts, held }: Relay = relay): Promise<void> {
	await until(() => parts.length === 5 && held() === 2);
	await expect.poll(recordNames).toHaveLength(1);
}

const recordNames = async (): Promise<string[]> =>
	(await readdir(records)).filter((name) => name.endsWith(".json"));

/** What the storage has under the key must be these bytes, and verified as a whole. */
async function expectStored(key: string, bytes: Uint8Array, { result }: Message): Promise<void> {
	const crc = Buffer.alloc(4);
	crc.writeUInt32BE(crc32(bytes));
	expect(result).toMatchObject({
		size: bytes.length,
		checksum: { algorithm: "crc32", value: crc.toString("base64") },
	});
	const response = await fetch(
		(await backend.provider.signDownload(key, { expiresIn: 3_600 })).url,
	);
	expect(Buffer.compare(new Uint8Array(await response.arrayBuffer()), bytes)).toBe(0);
	const files = await readdir(records);
	expect(files.filter((name) => name !== ".swept")).toEqual([]);
}

/** All parts have come, none from the start again; of those that a busy machine was slow with, two may have come twice. */
function expectNoneSentAgain(): void {
	expect(new Set(relay.parts).size).toBe(partCount);
	expect(relay.parts.length).toBeLessThanOrEqual(partCount + 2);
}

test("a program that is killed in the middle goes on where it was, and sends again only what was in flight", async () => {
	relay.pass(5);
	const first = start(key);
	await untilInTheMiddle();
	await first.kill();
	await until(() => relay.held() === 0);

	relay.pass(Number.POSITIVE_INFINITY);
	const second = start(key);
	const end = await second.ended;
	expectNoneSentAgain();
	expect(second.loaded[0]).toBe(5 * partSize);
	await expectStored(key, content, end);
});

test("on Azurite, a program that was killed ends with the whole file once it is started again", async () => {
	const { close: stopAzurite, ...azurite } = await startAzurite();
	onTestFinished(stopAzurite);
	const { origin, pathname } = new URL(azurite.endpoint);
	const blocks = await startRelay(origin);
	onTestFinished(() => blocks.close());
	const provider = azureProvider({ ...azurite, publicEndpoint: `${blocks.endpoint}${pathname}` });
	const azure = await startBackend({ uploads, provider });
	onTestFinished(() => azure.close());

	blocks.pass(5);
	const first = start(key, azure.endpoint);
	await untilInTheMiddle(blocks);
	await first.kill();
	await until(() => blocks.held() === 0);

	blocks.pass(Number.POSITIVE_INFINITY);
	const { result } = await start(key, azure.endpoint).ended;
	// Azure lists no digests: blocks that the record had not told of yet are sent again
	expect(new Set(blocks.parts).size).toBe(partCount);
	expect(result).toMatchObject({ size, verified: true });
	expectSameBytes(await azure.read(key), content);
});

test("a program that is killed again and again, at any moment, gets there in the end", async () => {
	relay.pass(Number.POSITIVE_INFINITY);
	let end: Message = {};
	let runs = 0;
	for (; end.result === undefined && runs < 30; runs++) {
		const run = start(key);
		const seen = relay.parts.length;
		const enough = until(() => relay.parts.length > seen + 1).catch(() => {});
		end = await Promise.race([run.ended, enough.then(() => ({}) as Message)]);
		expect(end.code).toBeUndefined();
		if (end.result === undefined) await run.kill();
	}
	expect(runs).toBeGreaterThan(2);
	// each kill may cost what was in flight: two parts; a busy machine, two more
	expect(relay.parts.length).toBeLessThanOrEqual(partCount + 2 * runs);
	await expectStored(key, content, end);
});

test.each([
	[
		"was written to",
		async () => writeFile(path, Buffer.concat([Buffer.from("x"), content.subarray(1)])),
	],
	["became longer", async () => appendFile(path, "more")],
	["is as it was, but with another time", async () => utimes(path, 1, 1)],
])("a file that %s in the meantime is sent from the start", async (_, change) => {
	relay.pass(5);
	const first = start(key);
	await untilInTheMiddle();
	await first.kill();
	await until(() => relay.held() === 0);
	await change();

	relay.parts.length = 0;
	relay.pass(Number.POSITIVE_INFINITY);
	const end = await start(key).ended;
	expectNoneSentAgain();
	// the record of the file as it was stays until it is swept
	expect(await recordNames()).toHaveLength(1);
	expect(end.result?.size).toBeGreaterThanOrEqual(size);
});

test("two programs at once share one upload, and both end with the object", async () => {
	relay.pass(3);
	const first = start(key);
	await until(() => relay.parts.length === 3);
	const second = start(key);
	await second.locking;
	// the record ends with the first: what the second has not read by then it cannot verify
	relay.completeWhen(until(() => second.known() === partCount));
	relay.pass(Number.POSITIVE_INFINITY);
	const ends = await Promise.all([first.ended, second.ended]);
	expectNoneSentAgain();
	for (const end of ends) await expectStored(key, content, end);
});

test("a program that waits takes over from one that is killed", async () => {
	relay.pass(5);
	const first = start(key);
	await untilInTheMiddle();
	const second = start(key);
	await second.locking;
	await first.kill();
	await until(() => relay.held() === 0);
	relay.pass(Number.POSITIVE_INFINITY);
	await expectStored(key, content, await second.ended);
	expectNoneSentAgain();
});
