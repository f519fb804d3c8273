import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { azureProvider } from "@skyput/server/azure";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { createClient } from "../../src/node/index.js";
import { expectSameBytes } from "../fakes/values.js";

// The handler of docs/azure.md.

const uploads = defineUploads({
	"documents/:name": { authorize: "public", authorizeRead: "public" },
	"films/:name": { authorize: "public", authorizeRead: "public", provider: "azure" },
});

test("one table serves two clouds to one client, a rule from each", async () => {
	const { close: stopAzurite, ...azurite } = await startAzurite();
	onTestFinished(stopAzurite);
	const s3 = await startS3Server();
	onTestFinished(() => s3.close());
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = s3;
	const credentials = { accessKeyId, secretAccessKey };
	const handle = createFetchHandler({
		uploads,
		provider: {
			default: s3Provider({ bucket, region, endpoint, credentials, capabilities }),
			azure: azureProvider(azurite),
		},
		principal: () => null,
		tokenSecret: crypto.randomUUID(),
	});
	const client = createClient<typeof uploads>({
		endpoint: "http://127.0.0.1/uploads",
		fetch: async (request) => handle(request),
	});
	for (const [key, origin] of [
		["documents/a", new URL(endpoint).origin],
		["films/a", new URL(azurite.endpoint).origin],
	] as const) {
		for (const size of [5, 6_000_000]) {
			const file = randomBytes(size);
			const name = `${key}-${size}` as const;
			const { verified } = await client.uploadFile(file, name, { multipartThreshold: 1_000_000 });
			expect(verified).toBe(true);
			const url = await client.downloadUrl(name);
			expect(new URL(url).origin).toBe(origin);
			expectSameBytes(new Uint8Array(await (await fetch(url)).arrayBuffer()), file);
		}
	}
});
