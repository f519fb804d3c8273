import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { ObjectHandlerResult } from "../../src/events/create-object-handler.js";
import type { ObjectEvent } from "../../src/events/object-event.js";
import { clean, infected, type Step } from "../../src/events/step.js";
import type { Quota } from "../../src/limits/quota.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";
import { afterUploadCases } from "../support/after-upload-cases.js";

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

afterUploadCases(() => provider);

const uploads = defineUploads({
	"files/*path": { authorize: "public", quarantine: true, maxSize: "1 MB", tags: { team: "a" } },
	"open/*path": { authorize: "public", maxSize: "1 MB" },
});

const resultOf = (result: unknown) => (result as ObjectHandlerResult).outcomes;

test("the verdict is a tag of the object at its key, beside those of its rule, and no metadata", async () => {
	const { upload, handler } = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	await handler((await upload("files/tagged", "good")).event);
	const found = await provider.head("files/tagged");
	if (!found) throw new Error("The file is not at its key.");
	const tags = await provider.maintenance?.tags?.readTags(found);
	expect(tags).toEqual({ team: "a", "skyput-verdict": "clean" });
	expect(found.metadata).not.toHaveProperty("skyputverdict");
});

test("a name that the holder of the URL has stored with a file stays in quarantine", async () => {
	const { upload, handler } = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	const name = { "content-disposition": 'attachment; filename="other.exe"' };
	const { event } = await upload("files/unnamed", "good", {}, name);
	expect((await provider.head(event.key))?.contentDisposition).toMatch("other.exe");
	await handler(event);
	expect(await provider.head("files/unnamed")).toMatchObject({ contentDisposition: undefined });
});

test("of two uploads of one key, the first that is promoted wins", async () => {
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	const first = await server.upload("files/a", "first");
	const second = await server.upload("files/a", "second");
	expect(resultOf(await server.handler(second.event))).toMatchObject([{ state: "available" }]);
	expect(resultOf(await server.handler(first.event))).toMatchObject([
		{ state: "rejected", reason: "already-exists" },
	]);
	expect(await server.read("files/a")).toBe("second");
	expect(await server.complete(first.token)).toMatchObject({
		status: 422,
		body: { code: "rejected" },
	});
	expect(server.trail(first.uploadId)).toEqual(["issued", "rejected", "rejected"]);
});

test("of two that pass at the same moment, one gets the key, and the other its end", async () => {
	const begun = Promise.withResolvers<void>();
	const ended = Promise.withResolvers<void>();
	let late = "";
	const steps: Step[] = [
		async ({ uploadId }) => {
			if (uploadId !== late) return clean();
			// it has seen that the key is free
			begun.resolve();
			await ended.promise;
			return clean();
		},
	];
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), steps });
	const first = await server.upload("files/race", "first");
	const second = await server.upload("files/race", "second");
	late = second.uploadId;
	const waiting = server.handler(second.event);
	await begun.promise;
	expect(resultOf(await server.handler(first.event))).toMatchObject([{ state: "available" }]);
	ended.resolve();
	expect(resultOf(await waiting)).toMatchObject([{ state: "rejected", reason: "already-exists" }]);
	expect(await server.read("files/race")).toBe("first");
});

test("what is stored counts in the quota, whether its client completes, aborts or stays silent", async () => {
	const quotaCalls: (readonly unknown[])[] = [];
	const quota: Quota = {
		reserve: async () => true,
		commit: async (id, bytes) => void quotaCalls.push(["commit", id, bytes]),
		release: async (id) => void quotaCalls.push(["release", id]),
	};
	const options = { uploads, provider, outcomes: memoryOutcomes(), quota } as const;
	const server = afterUpload({ ...options, rejected: "delete" });
	const callsFor = async (uploadId: string, event: ObjectEvent) => {
		quotaCalls.length = 0;
		await server.handler(event);
		return quotaCalls.map(([what, id, bytes]) => (id === uploadId ? [what, bytes] : []));
	};
	const { bucket } = provider;
	const open = await server.upload("open/silent", "12345");
	const openEvent = { bucket, key: "open/silent" };
	expect(await callsFor(open.uploadId, openEvent)).toEqual([["commit", 5]]);
	expect(await callsFor(open.uploadId, openEvent)).toEqual([["commit", 5]]);
	const bad = await server.upload("open/deleted", "BAD");
	expect(await callsFor(bad.uploadId, { bucket, key: "open/deleted" })).toEqual([
		["commit", 3],
		["release", undefined],
	]);
	const held = await server.upload("files/held", "1234");
	const unscannable: Step = async () => ({ verdict: "unscannable", reason: "encrypted" });
	const holding = afterUpload({ ...options, steps: [unscannable] });
	quotaCalls.length = 0;
	await holding.handler(held.event);
	expect(quotaCalls).toEqual([["commit", held.uploadId, 4]]);
});

test("a file whose URL has expired leaves quarantine, and one whose URL lives stays", async () => {
	const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes(), rejected: "delete" });
	const good = await server.upload("files/leaves", "good");
	const bad = await server.upload("files/leaves-bad", "BAD");
	await server.handler([good.event, bad.event]);
	// until then its URL could store another object
	for (const { event } of [good, bad]) expect(await provider.head(event.key)).not.toBeNull();
	expect((await good.put()).status).toBe(412);
	expect((await bad.put()).status).toBe(412);
});

test("the longest key has an outcome in the storage, whatever the reason", async () => {
	const steps = [() => infected("böse".repeat(100), "Found.".repeat(400))];
	const server = afterUpload({ uploads, provider, outcomes: undefined, steps });
	const key = `files/${"漢".repeat(300)}-${"a".repeat(115)}`;
	const { token, event } = await server.upload(key, "x");
	await server.handler(event);
	// from the storage
	expect(resultOf(await server.handler(event))).toMatchObject([{ state: "rejected", key }]);
	expect(await server.status(token)).toMatchObject({ state: "rejected" });
});

test("without a store, outcomes are kept in the storage", async () => {
	const server = afterUpload({ uploads, provider, outcomes: undefined });
	const good = await server.upload("files/b", "good");
	const bad = await server.upload("files/c", "BAD");
	await server.handler([good.event, bad.event]);
	expect(await server.status(good.token)).toEqual({ state: "available" });
	expect(await server.status(bad.token)).toEqual({ state: "rejected", reason: "bad" });
	expect(await provider.head(`.skyput/verdicts/${bad.uploadId}`)).not.toBeNull();
});
