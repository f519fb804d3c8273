import { type GcsServer, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, describe } from "vitest";
import { startAzurite } from "../../../../tools/start-azurite.js";
import type { PresignProvider } from "../../src/provider.js";
import { azureProvider } from "../../src/providers/azure/index.js";
import { gcsProvider } from "../../src/providers/gcs/index.js";
import { afterUploadCases } from "../support/after-upload-cases.js";

describe("Google Cloud Storage", () => {
	let provider: PresignProvider;
	let server: GcsServer;
	beforeAll(async () => {
		server = await startGcsServer();
		const { bucket, endpoint, serviceAccount: credentials } = server;
		provider = gcsProvider({ bucket, endpoint, credentials });
	});
	afterAll(() => server.close());
	afterUploadCases(() => provider);
});

describe("Azure", () => {
	let provider: PresignProvider;
	let close: () => Promise<void>;
	beforeAll(async () => {
		const started = await startAzurite();
		const { close: end, ...options } = started;
		close = end;
		provider = azureProvider(options);
	}, 60_000);
	afterAll(() => close());
	afterUploadCases(() => provider);
});
