import { type GcsServer, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Azurite, clearAzurite, startAzurite } from "../../../../tools/start-azurite.js";
import { unscannable } from "../../src/events/step.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import { azureProvider } from "../../src/providers/azure/index.js";
import { gcsProvider } from "../../src/providers/gcs/index.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";
import { afterUploadCases } from "../support/after-upload-cases.js";

const uploads = defineUploads({ "files/*path": { authorize: "public", quarantine: true } });

/** What is different where objects have no tags. */
function untaggedCases(storage: () => PresignProvider): void {
	test("the verdict stands in the metadata of the object at its key, since there are no tags", async () => {
		const provider = storage();
		const parts = { uploads, provider, outcomes: memoryOutcomes() };
		const steps = [() => unscannable("encrypted", "The archive is encrypted.")];
		const accepting = { ...parts, steps, verdicts: { unscannable: "accept" } } as const;
		for (const [key, options, verdict] of [
			["files/clean", parts, "clean"],
			["files/accepted", accepting, "unscannable"],
		] as const) {
			const { upload, handler } = afterUpload(options);
			await handler((await upload(key, "good")).event);
			const { metadata } = (await provider.head(key)) ?? {};
			expect([key, metadata]).toEqual([key, expect.objectContaining({ skyputverdict: verdict })]);
		}
	});
}

describe("Google Cloud Storage", () => {
	let provider: PresignProvider;
	let server: GcsServer;
	beforeAll(async () => {
		server = await startGcsServer();
		const { bucket, endpoint, serviceAccount: credentials } = server;
		provider = gcsProvider({ bucket, endpoint, credentials });
	});
	beforeEach(() => server.clear());
	afterAll(() => server.close());
	afterUploadCases(() => provider);
	untaggedCases(() => provider);
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
	afterUploadCases(() => provider);
	untaggedCases(() => provider);
});
