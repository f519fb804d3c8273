import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { abortStale } from "../../src/events/abort-stale.js";
import { rescan } from "../../src/events/rescan.js";
import { clean, failed, infected, type Step, unscannable } from "../../src/events/step.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";
import { silentLog } from "../support/call.js";
import { memoryProvider } from "../support/memory-provider.js";

let provider: PresignProvider;
let server: S3Server;
beforeAll(async () => {
	server = await startS3Server();
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, forcePathStyle: true };
	provider = s3Provider({ ...options, bucket, compatibility: "aws" });
});
beforeEach(() => server.clear());
afterAll(() => server.close());

const uploads = defineUploads({
	"files/*path": { authorize: "public", quarantine: true, maxSize: "1 GB", tags: { team: "a" } },
	"open/*path": { authorize: "public", maxSize: "1 MB", tags: { team: "a" } },
});

const inDays = (days: number) => () => Date.now() + days * 86_400_000;

const tagsOf = async (key: string) => {
	const found = await provider.head(key);
	return found && provider.maintenance?.tags?.readTags(found);
};

test("files that are held, or whose events were lost, are looked at again", async () => {
	const outcomes = memoryOutcomes();
	let result = unscannable("encrypted", "It is encrypted.");
	const steps: Step[] = [() => result];
	const server = afterUpload({ uploads, provider, outcomes, steps });
	const held = await server.upload("files/held", "x");
	await server.handler(held.event);
	const lost = await server.upload("files/lost", "x");
	const options = { uploads, provider, outcomes, steps, log: silentLog() };
	result = failed("down", "It is down.");
	expect(await rescan(".skyput/quarantine/", options)).toMatchObject({ available: 0, failed: 2 });
	expect(await server.status(held.token)).toEqual({ state: "pending", reason: "encrypted" });
	result = clean();
	expect(await rescan(".skyput/", options)).toEqual({
		available: 2,
		rejected: 0,
		held: 0,
		failed: 0,
	});
	expect(await server.status(held.token)).toEqual({ state: "available" });
	expect(await server.status(lost.token)).toEqual({ state: "available" });
});

test("a rejected file that is kept is rejected for good, also when its outcome is forgotten", async () => {
	const server = afterUpload({ uploads, provider, outcomes: undefined });
	const bad = await server.upload("files/kept", "BAD");
	await server.handler(bad.event);
	const log = silentLog();
	const now = inDays(31.1);
	await abortStale({ provider, log, now });
	expect(await provider.head(`.skyput/verdicts/${bad.uploadId}`)).toBeNull();
	const options = { uploads, provider, steps: [() => clean()], log, now };
	expect(await rescan(bad.event.key, options)).toMatchObject({ available: 0 });
	expect(await server.read("files/kept")).toBeUndefined();
	expect(log.lines).toMatchObject([{ reason: expect.stringContaining("1 file in quarantine") }]);
	// until then an event may have been lost
	const early = { ...options, now: inDays(30.9) };
	expect(await rescan(bad.event.key, early)).toMatchObject({ available: 1 });
});

test("a file that is held is looked at again however old it is", async () => {
	const outcomes = memoryOutcomes();
	const steps: Step[] = [() => unscannable("encrypted", "It is encrypted.")];
	const server = afterUpload({ uploads, provider, outcomes, steps });
	const { event } = await server.upload("files/old", "x");
	await server.handler(event);
	const options = { uploads, provider, outcomes, log: silentLog(), now: inDays(90) };
	expect(await rescan(event.key, { ...options, steps })).toMatchObject({ held: 1 });
	expect(await rescan(event.key, { ...options, steps: [() => clean()] })).toMatchObject({
		available: 1,
	});
});

test("what was promoted is tagged again, and a rejected object goes where one says so", async () => {
	const outcomes = memoryOutcomes();
	const server = afterUpload({ uploads, provider, outcomes, steps: [() => clean()] });
	const { event } = await server.upload("files/late", "x");
	await server.handler(event);
	expect(await tagsOf("files/late")).toEqual({ team: "a", "skyput-verdict": "clean" });
	const steps: Step[] = [() => infected("malware", "It is known now.")];
	const options = { uploads, provider, outcomes, steps, log: silentLog() };
	expect(await rescan("files/late", options)).toMatchObject({ rejected: 1 });
	expect(await tagsOf("files/late")).toEqual({ team: "a", "skyput-verdict": "infected" });
	// a scanner that is down closes no object that passed
	const down: Step[] = [() => failed("down", "It is down.")];
	expect(await rescan("files/late", { ...options, steps: down })).toMatchObject({ failed: 1 });
	expect(await tagsOf("files/late")).toMatchObject({ "skyput-verdict": "infected" });
	await rescan("files/late", { ...options, rejected: "delete" });
	expect(await provider.head("files/late")).toBeNull();
});

test("without quarantine, an object is tagged where it is, once for each version", async () => {
	let looks = 0;
	const steps: Step[] = [
		() => {
			looks += 1;
			return clean();
		},
	];
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps });
	const { uploadId } = await server.upload("open/a", "x");
	const event = { bucket: provider.bucket, key: "open/a" };
	await Promise.all([1, 2, 3].map(() => server.handler(event)));
	await server.handler(event);
	expect(looks).toBe(1);
	expect(await tagsOf("open/a")).toEqual({ team: "a", "skyput-verdict": "clean" });
	expect(server.trail(uploadId)).toEqual(["issued", "promoted"]);
});

test("an upload in parts is aborted when no token of it can live", async () => {
	const key = "files/parts";
	const begin = () =>
		provider.createMultipart({ key, size: 5, contentType: "text/plain" }, { createOnly: false });
	const ref = await begin();
	const options = { provider, prefix: "files/", log: silentLog() };
	expect(await abortStale({ ...options, now: inDays(29) })).toMatchObject({
		aborted: 0,
		failed: 0,
	});
	await expect(provider.listParts(ref, {})).resolves.toEqual({ parts: [] });
	const late = { ...options, now: inDays(30.1) };
	expect(await abortStale({ ...late, olderThan: 31 * 86_400 })).toMatchObject({ aborted: 0 });
	expect(await abortStale(late)).toMatchObject({ aborted: 1 });
	await expect(provider.listParts(ref, {})).rejects.toMatchObject({ code: "upload-not-found" });
	await expect(abortStale({ ...options, olderThan: 86_400 })).rejects.toThrow(
		/at least 2592000 seconds/,
	);
});

test("a file in quarantine goes when its URL has expired, and stays while it waits", async () => {
	const server = afterUpload({ uploads, provider, outcomes: undefined });
	const done = await server.upload("files/done", "good");
	const waiting = await server.upload("files/waiting", "good");
	const bad = await server.upload("files/bad", "BAD");
	await server.handler([done.event, bad.event]);
	const options = { provider, log: silentLog() };
	await abortStale(options);
	expect(await provider.head(done.event.key)).not.toBeNull();
	expect(await abortStale({ ...options, now: inDays(1) })).toMatchObject({ failed: 0 });
	expect(await provider.head(done.event.key)).toBeNull();
	for (const { event } of [waiting, bad]) expect(await provider.head(event.key)).not.toBeNull();
	await abortStale({ ...options, rejected: "delete", now: inDays(1) });
	expect(await provider.head(bad.event.key)).toBeNull();
	expect(await provider.head(waiting.event.key)).not.toBeNull();
	expect(await server.read("files/done")).toBe("good");
	expect(await server.status(done.token)).toEqual({ state: "available" });
	await abortStale({ ...options, now: inDays(32) });
	expect(await provider.head(`.skyput/verdicts/${done.uploadId}`)).toBeNull();
	expect(await provider.head(waiting.event.key)).not.toBeNull();
});

test("a storage that cannot list is refused", async () => {
	const options = {
		uploads,
		provider: memoryProvider(),
		steps: [() => clean()],
		outcomes: memoryOutcomes(),
	};
	await expect(rescan("", options)).rejects.toThrow(/cannot list objects/);
	await expect(abortStale({ provider: memoryProvider() })).rejects.toThrow(/cannot list uploads/);
});
