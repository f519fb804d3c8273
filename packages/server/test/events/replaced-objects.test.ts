import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ObjectHandlerResult } from "../../src/events/create-object-handler.js";
import { clean, infected, type Step, unscannable } from "../../src/events/step.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import type { S3ProviderOptions } from "../../src/providers/s3/options.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";

let open: (options?: Partial<S3ProviderOptions>) => PresignProvider;
let server: S3Server;

beforeAll(async () => {
	server = await startS3Server();
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, bucket, forcePathStyle: true };
	open = (extra) => s3Provider({ ...options, compatibility: "aws", ...extra });
});
beforeEach(() => server.clear());
afterAll(() => server.close());

const uploads = defineUploads({
	"files/*path": { authorize: "public", quarantine: true, maxSize: "1 MB" },
	"made/*path": {
		authorize: "public",
		quarantine: true,
		maxSize: "1 MB",
		key: () => `made/${crypto.randomUUID()}`,
	},
	"open/*path": { authorize: "public", overwrite: true, maxSize: "1 MB" },
});

const resultOf = (result: unknown) => (result as ObjectHandlerResult).outcomes;

// two files with one MD5, by Wang and others: https://eprint.iacr.org/2004/199
const scanned = Uint8Array.from(
	Buffer.from(
		"d131dd02c5e6eec4693d9a0698aff95c2fcab58712467eab4004583eb8fb7f8955ad340609f4b30283e488832571415a085125e8f7cdc99fd91dbdf280373c5bd8823e3156348f5bae6dacd436c919c6dd53e2b487da03fd02396306d248cda0e99f33420f577ee8ce54b67080a80d1ec69821bcb6a8839396f9652b6ff72a70",
		"hex",
	),
);
const other = scanned.map((byte, at) => ([19, 45, 59].includes(at % 64) ? byte ^ 0x80 : byte));

test("where a URL can overwrite, an object that has the etag of the scanned one is not served", async () => {
	const body = new Uint8Array(scanned);
	let replace = async (): Promise<unknown> => undefined;
	const step: Step = async ({ reader }) => {
		await reader.read(0, reader.size);
		await replace();
		return clean();
	};
	const provider = open({ capabilities: { createOnly: { single: "none", multipart: "none" } } });
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps: [step] });
	const { put, event } = await server.upload("made/a", body);
	const before = await provider.head(event.key);
	replace = async () => {
		body.set(other);
		expect((await put()).status).toBe(200);
		expect((await provider.head(event.key))?.etag).toBe(before?.etag);
	};
	const [outcome] = resultOf(await server.handler(event));
	const { url } = await provider.signDownload(outcome?.key ?? "", { expiresIn: 60 });
	expect(new Uint8Array(await (await fetch(url)).arrayBuffer())).toEqual(scanned);
});

test("where a URL can overwrite, a report on the etag and a tag are of no copy that was made before", async () => {
	const body = new Uint8Array(scanned);
	const provider = open({ capabilities: { createOnly: { single: "none", multipart: "none" } } });
	const waits: Step = async ({ scanReport, tags }) =>
		scanReport || (await tags?.()) ? clean() : { verdict: "pending" };
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps: [waits] });
	const { put, event } = await server.upload("made/b", body);
	const { etag } = (await provider.head(event.key)) ?? {};
	// what the scanner saw
	body.set(other);
	await put();
	const scanReport = { status: "COMPLETED", result: "NO_THREATS_FOUND" };
	expect(resultOf(await server.handler({ ...event, etag, scanReport }))).toEqual([]);
	expect(server.log.lines).toMatchObject([{ reason: expect.stringContaining("scan report") }]);
});

test("what another process rejected meanwhile is not served", async () => {
	const begun = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	const slow: Step = async () => {
		begun.resolve();
		await ended.promise;
		return clean();
	};
	// outcomes in the storage have no leases
	const options = { uploads, provider: open(), outcomes: undefined };
	const first = afterUpload({ ...options, steps: [slow] });
	const second = afterUpload({ ...options, steps: [() => infected("malware", "Found.")] });
	const { event, token } = await first.upload("files/meanwhile", "x");
	const waiting = first.handler(event);
	await begun.promise;
	expect(resultOf(await second.handler(event))).toMatchObject([{ state: "rejected" }]);
	ended.resolve();
	await waiting;
	expect(await first.status(token)).toEqual({ state: "rejected", reason: "malware" });
	expect(await first.read("files/meanwhile")).toBeUndefined();
	expect(first.events.map(({ type }) => type)).toEqual(["issued"]);
});

test("what was copied, although another process had rejected it, is deleted at its key", async () => {
	const provider = open();
	const outcomes = memoryOutcomes();
	const server = afterUpload({ uploads, provider, outcomes });
	const { event, uploadId } = await server.upload("files/copied", "good");
	await server.handler(event);
	expect(await server.read("files/copied")).toBe("good");
	const rejected = memoryOutcomes();
	const time = new Date().toISOString();
	await rejected.finish(uploadId, { state: "rejected", key: "files/copied", size: 4, time });
	const again = afterUpload({ uploads, provider, outcomes: rejected });
	expect(resultOf(await again.handler(event))).toMatchObject([{ state: "rejected" }]);
	expect(await server.read("files/copied")).toBeUndefined();
});

test("in a bucket whose versioning is suspended, each object at a key is looked at, and reports are of one", async () => {
	const storage = open();
	const provider: PresignProvider = {
		...storage,
		async head(key) {
			const found = await storage.head(key);
			return found && { ...found, version: "null" };
		},
	};
	const body = new Uint8Array(Buffer.from("good"));
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	const { put } = await server.upload("open/suspended", body);
	const { bucket } = provider;
	const event = { bucket, key: "open/suspended", version: "null" };
	const { etag } = (await provider.head(event.key)) ?? {};
	expect(resultOf(await server.handler(event))).toMatchObject([{ state: "available" }]);
	body.set(Buffer.from("BAD!"));
	await put();
	const scanReport = { status: "COMPLETED", result: "NO_THREATS_FOUND" };
	expect(resultOf(await server.handler({ ...event, etag, scanReport }))).toEqual([]);
	expect(resultOf(await server.handler(event))).toMatchObject([{ state: "rejected" }]);
});

test("the same bytes that are stored again have their tag again", async () => {
	const provider = open();
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	const { put } = await server.upload("open/again", "good");
	const event = { bucket: provider.bucket, key: "open/again" };
	const tags = async () => {
		const now = await provider.head(event.key);
		return now && provider.maintenance?.tags?.readTags(now);
	};
	await server.handler(event);
	await put();
	expect(await tags()).toEqual({});
	expect(resultOf(await server.handler(event))).toMatchObject([{ state: "available" }]);
	expect(await tags()).toEqual({ "skyput-verdict": "clean" });
	expect(server.events.map(({ type }) => type)).toEqual(["issued", "promoted", "promoted"]);
	// and no event of it changes that
	await server.handler(event);
	expect(server.events).toHaveLength(3);
});

test("the same bytes that are stored again are looked at once, however many events tell it", async () => {
	const provider = open();
	let looks = 0;
	let arrive: () => Promise<void>;
	const steps: Step[] = [
		async () => {
			looks++;
			await arrive();
			return clean();
		},
	];
	const options = { uploads, provider, outcomes: memoryOutcomes(), steps };
	const processes = [1, 2, 3, 4].map(() => afterUpload(options));
	const { put } = (await processes[0]?.upload("open/many", "good")) ?? expect.fail();
	const event = { bucket: provider.bucket, key: "open/many" };
	const all = async () => {
		const everyone = Promise.withResolvers<void>();
		let arrived = 0;
		// a look ends when each process looks, too, or is turned away
		arrive = () => {
			if (++arrived === processes.length) everyone.resolve();
			return everyone.promise;
		};
		await Promise.allSettled(processes.map(({ handler }) => handler(event).finally(arrive)));
	};
	await all();
	await put();
	await all();
	await all();
	expect(looks).toBe(2);
	const types = processes.flatMap(({ events }) => events.map(({ type }) => type));
	expect(types.toSorted()).toEqual(["issued", "promoted", "promoted"]);
});

test("a scanner that finds malware later closes an object that was available", async () => {
	const provider = open();
	const steps: Step[] = [
		({ scanReport }) => {
			if (scanReport?.result === "THREATS_FOUND") return infected("malware", "Found.");
			return scanReport?.result === "UNSUPPORTED" ? unscannable("format", "Unknown.") : clean();
		},
	];
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps });
	await server.upload("open/late", "x");
	const event = { bucket: provider.bucket, key: "open/late" };
	await server.handler(event);
	const found = await provider.head(event.key);
	const report = (result: string, etag = found?.etag) =>
		server.handler({ ...event, etag, scanReport: { status: "COMPLETED", result } });
	const tags = async () => found && provider.maintenance?.tags?.readTags(found);
	await report("NO_THREATS_FOUND");
	await report("UNSUPPORTED");
	expect(resultOf(await report("THREATS_FOUND", '"another"'))).toEqual([]);
	expect(await tags()).toEqual({ "skyput-verdict": "clean" });
	expect(resultOf(await report("THREATS_FOUND"))).toMatchObject([{ state: "rejected" }]);
	// events and reports of before come late, or again
	await server.handler(event);
	for (const result of ["NO_THREATS_FOUND", "UNSUPPORTED", "FAILED", "THREATS_FOUND"]) {
		await report(result);
		expect(await tags(), result).toEqual({ "skyput-verdict": "infected" });
	}
	expect(server.events.map(({ type }) => type)).toEqual(["issued", "promoted", "rejected"]);
});

test("rejected bytes that are stored again are deleted again", async () => {
	const provider = open();
	const options = { uploads, provider, rejected: "delete" } as const;
	const server = afterUpload({ ...options, outcomes: memoryOutcomes() });
	const { put } = await server.upload("open/bad-again", "BAD");
	const event = { bucket: provider.bucket, key: "open/bad-again" };
	for (let time = 1; time <= 2; time++) {
		expect(resultOf(await server.handler(event))).toMatchObject([{ state: "rejected" }]);
		expect(await provider.head(event.key)).toBeNull();
		await put();
	}
	expect(server.events.map(({ type }) => type)).toEqual(["issued", "rejected", "rejected"]);
});

test("an object that replaced the one that was looked at has no verdict of it", async () => {
	const provider = open();
	const body = new Uint8Array(Buffer.from("good"));
	let replace = async (): Promise<unknown> => undefined;
	const step: Step = async ({ reader }) => {
		await reader.read(0, reader.size);
		await replace();
		return clean();
	};
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps: [step] });
	const { put } = await server.upload("open/replaced", body);
	replace = () => {
		body.set(Buffer.from("evil"));
		return put();
	};
	const event = { bucket: provider.bucket, key: "open/replaced" };
	expect(resultOf(await server.handler(event))).toEqual([]);
	const now = await provider.head(event.key);
	expect(now && (await provider.maintenance?.tags?.readTags(now))).toEqual({});
});

test("complete with another digest rejects the file, and lets its URL store nothing else", async () => {
	const provider = open();
	const checksum = { algorithm: "crc64nvme", value: "AAAAAAAAAAA=" };
	for (const outcomes of [memoryOutcomes(), undefined]) {
		const server = afterUpload({ uploads, provider, outcomes });
		const { token, event, put } = await server.upload("files/differs", "good");
		expect(await server.complete(token, { checksum })).toMatchObject({
			status: 422,
			body: { code: "checksum-mismatch", restart: true },
		});
		expect((await put()).status).toBe(412);
		expect(resultOf(await server.handler(event))).toMatchObject([
			{ state: "rejected", reason: "checksum-mismatch" },
		]);
		expect(await server.read("files/differs")).toBeUndefined();
	}
});

test("complete with another digest changes nothing once the file is available", async () => {
	const provider = open();
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	const { token, event } = await server.upload("files/served", "good");
	await server.handler(event);
	const checksum = { algorithm: "crc64nvme", value: "AAAAAAAAAAA=" };
	expect(await server.complete(token, { checksum })).toMatchObject({
		body: { code: "checksum-mismatch", restart: false },
	});
	expect(await server.read("files/served")).toBe("good");
});

test("the tag of an object in place is that of the recorded outcome", async () => {
	const provider = open();
	const begun = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	const slow: Step = async () => {
		begun.resolve();
		await ended.promise;
		return clean();
	};
	const options = { uploads, provider, outcomes: undefined };
	const first = afterUpload({ ...options, steps: [slow] });
	const second = afterUpload({ ...options, steps: [() => infected("malware", "Found.")] });
	await first.upload("open/tagged", "x");
	const event = { bucket: provider.bucket, key: "open/tagged" };
	const waiting = first.handler(event);
	await begun.promise;
	await second.handler(event);
	ended.resolve();
	expect(resultOf(await waiting)).toMatchObject([{ state: "rejected" }]);
	const now = await provider.head(event.key);
	expect(now && (await provider.maintenance?.tags?.readTags(now))).toEqual({
		"skyput-verdict": "infected",
	});
});

test("an object in place that is held is looked at once, until a scanner reports", async () => {
	const steps: Step[] = [
		({ scanReport }) => (scanReport ? clean() : unscannable("encrypted", "It is encrypted.")),
	];
	const provider = open();
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps });
	await server.upload("open/held", "x");
	const event = { bucket: provider.bucket, key: "open/held" };
	for (let delivery = 0; delivery < 3; delivery++) {
		expect(resultOf(await server.handler(event))).toMatchObject([{ state: "held" }]);
	}
	expect(server.events.map(({ type }) => type)).toEqual(["issued", "held"]);
	const scanReport = { status: "COMPLETED" };
	expect(resultOf(await server.handler({ ...event, scanReport }))).toMatchObject([
		{ state: "held" },
	]);
	const { etag } = (await provider.head(event.key)) ?? {};
	expect(resultOf(await server.handler({ ...event, etag, scanReport }))).toMatchObject([
		{ state: "available" },
	]);
});
