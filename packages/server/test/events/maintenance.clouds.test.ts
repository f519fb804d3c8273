import { type GcsServer, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type PartWindow, partUrl } from "#protocol";
import { type Azurite, clearAzurite, startAzurite } from "../../../../tools/start-azurite.js";
import { abortStale } from "../../src/events/abort-stale.js";
import { rescan } from "../../src/events/rescan.js";
import { clean, infected, type Step, unscannable } from "../../src/events/step.js";
import type { MultipartRef } from "../../src/multipart-upload.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import { azureProvider } from "../../src/providers/azure/provider.js";
import { gcsProvider } from "../../src/providers/gcs/provider.js";
import { staged } from "../../src/providers/staged.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";
import { silentLog } from "../support/call.js";

const uploads = defineUploads({
	"files/*path": { authorize: "public", quarantine: true, maxSize: "1 MB" },
	"open/*path": { authorize: "public", maxSize: "1 MB" },
});

const day = 86_400;
const inDays = (days: number) => () => Date.now() + days * day * 1_000;

/** An upload that has begun, and one part of which is stored. */
async function begin(
	provider: PresignProvider,
	key: string,
): Promise<{ readonly ref: MultipartRef; readonly window: PartWindow }> {
	const spec = { key, size: 5, contentType: "text/plain" };
	const ref = await provider.createMultipart(spec, { createOnly: false });
	const range = { first: 1, count: 1, partSize: 5 };
	const window = await provider.signParts(ref, range, { expiresIn: 60 });
	const { method, headers } = window;
	const { ok } = await fetch(partUrl(window, 1), { method, headers, body: "12345" });
	expect(ok).toBe(true);
	return { ref, window };
}

/** What runs after the upload, on a storage without tags. */
function maintenanceCases(storage: () => PresignProvider): void {
	const lifeOf = ({ capabilities: { multipart } }: PresignProvider): number =>
		multipart === false ? 0 : multipart.uploadLife;

	test("files that are held, or whose events were lost, are looked at again", async () => {
		const provider = storage();
		const outcomes = memoryOutcomes();
		let result = unscannable("encrypted", "It is encrypted.");
		const steps: Step[] = [() => result];
		const server = afterUpload({ uploads, provider, outcomes, steps });
		const held = await server.upload("files/held & <ü>", "x");
		await server.handler(held.event);
		const lost = await server.upload("files/lost", "x");
		result = clean();
		const options = { uploads, provider, outcomes, steps, log: silentLog() };
		const all = { available: 2, rejected: 0, held: 0, failed: 0 };
		expect(await rescan(".skyput/quarantine/", options)).toEqual(all);
		for (const { token } of [held, lost]) {
			expect(await server.status(token)).toEqual({ state: "available" });
		}
		expect(await server.read("files/held & <ü>")).toBe("x");
	});

	test("an object at its key that is rejected now is deleted where one says so", async () => {
		const provider = storage();
		const server = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
		await server.upload("open/late", "x");
		await server.upload("open/other", "x");
		const steps: Step[] = [() => infected("malware", "It is known now.")];
		const options = { uploads, provider, outcomes: memoryOutcomes(), steps, log: silentLog() };
		expect(await rescan("open/l", options)).toMatchObject({ rejected: 1, failed: 0 });
		expect(await server.read("open/late")).toBe("x");
		await rescan("open/l", { ...options, rejected: "delete" });
		expect(await server.read("open/late")).toBeUndefined();
		expect(await server.read("open/other")).toBe("x");
	});

	test("an upload in parts is aborted when no token of it can live", async () => {
		const provider = storage();
		const log = silentLog();
		await abortStale({ provider, log, now: inDays(31) });
		const uploadsInParts = [await begin(provider, "files/a"), await begin(provider, "files/b")];
		const days = lifeOf(provider) / day;
		const early = await abortStale({ provider, log, now: inDays(days - 0.01) });
		expect(early).toMatchObject({ aborted: 0, failed: 0 });
		for (const { ref } of uploadsInParts) {
			expect((await provider.listParts(ref, {})).parts).toHaveLength(1);
		}
		const late = { provider, log, now: inDays(days + 0.01) };
		expect(await abortStale({ ...late, prefix: "elsewhere/" })).toMatchObject({ aborted: 0 });
		expect(await abortStale(late)).toMatchObject({ aborted: 2, failed: 0 });
		for (const { ref } of uploadsInParts) {
			const parts = await provider.listParts(ref, {}).then(
				({ parts }) => parts,
				({ code }) => code,
			);
			expect([[], "upload-not-found"]).toContainEqual(parts);
		}
		expect(await abortStale(late)).toMatchObject({ aborted: 0, failed: 0 });
		await expect(abortStale({ provider, olderThan: day })).rejects.toThrow(
			`at least ${days * day} seconds`,
		);
	});

	test("a file in quarantine goes when its URL has expired, and stays while it waits", async () => {
		const provider = storage();
		const server = afterUpload({ uploads, provider, outcomes: undefined });
		const done = await server.upload("files/done", "good");
		const waiting = await server.upload("files/waiting", "good");
		await server.handler(done.event);
		const options = { provider, log: silentLog() };
		expect(await abortStale({ ...options, now: inDays(1) })).toMatchObject({ failed: 0 });
		expect(await provider.head(done.event.key)).toBeNull();
		expect(await provider.head(waiting.event.key)).not.toBeNull();
		expect(await server.read("files/done")).toBe("good");
		await abortStale({ ...options, now: inDays(32) });
		expect(await provider.head(`.skyput/verdicts/${done.uploadId}`)).toBeNull();
		expect(await provider.head(waiting.event.key)).not.toBeNull();
	});
}

describe("Google Cloud Storage, page by page", () => {
	let provider: PresignProvider;
	let server: GcsServer;
	beforeAll(async () => {
		server = await startGcsServer({ pageSize: 1 });
		const { bucket, endpoint, serviceAccount: credentials } = server;
		provider = gcsProvider({ bucket, endpoint, credentials });
	});
	beforeEach(() => server.clear());
	afterAll(() => server.close());
	maintenanceCases(() => provider);
	test("uploads of `staged` are found below .skyput/", async () => {
		const { ref } = await begin(staged(provider), "files/staged");
		const options = { provider: staged(provider), log: silentLog(), now: inDays(31) };
		expect(await abortStale({ ...options, prefix: "files/" })).toMatchObject({ aborted: 0 });
		expect(await abortStale({ ...options, prefix: ".skyput/" })).toMatchObject({ aborted: 1 });
		await expect(staged(provider).listParts(ref, {})).rejects.toMatchObject({
			code: "upload-not-found",
		});
	});
});

describe("Azure", () => {
	let provider: PresignProvider;
	let azurite: Azurite;
	beforeAll(async () => {
		azurite = await startAzurite();
		const { close, ...options } = azurite;
		provider = azureProvider(options);
	});
	beforeEach(() => clearAzurite(azurite));
	afterAll(() => azurite.close());
	maintenanceCases(() => provider);
	test("an upload whose commit broke off before the copy is discarded as well", async () => {
		const { ref, window } = await begin(provider, "files/joined");
		const url = partUrl(window, 1).replace(/comp=block&blockid=.*/, "comp=blocklist");
		const body = `<BlockList><Latest>${window.values[0]}</Latest></BlockList>`;
		expect((await fetch(url, { method: "PUT", body })).status).toBe(201);
		const stage = `.skyput/${ref.id}`;
		expect(await provider.head(stage)).toMatchObject({ size: 5 });
		const options = { provider, log: silentLog(), prefix: ".skyput/" };
		expect(await abortStale({ ...options, now: inDays(6.99) })).toMatchObject({ aborted: 0 });
		expect(await abortStale({ ...options, now: inDays(7.01) })).toMatchObject({ aborted: 1 });
		expect(await provider.head(stage)).toBeNull();
	});
});
