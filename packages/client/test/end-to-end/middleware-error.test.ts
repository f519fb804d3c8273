import { defineUploads } from "@skyput/server";
import { createLambdaHandler } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import { startGateway, startS3Server } from "@skyput/testing";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";
import { bytes, failureOf } from "../fakes/values.js";

const partSize = 5 * 2 ** 20;
const content = bytes(2 * partSize);
const silent = () => undefined;

/** The operation at which the user's middleware throws, and its error. */
let thrown: { readonly operation: string; readonly error: Error };
/** The operations that were called. */
let operations: string[];

const storage = await startS3Server();
const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = storage;
const provider = s3Provider({
	bucket,
	region,
	endpoint,
	forcePathStyle: true,
	credentials: { accessKeyId, secretAccessKey },
	...(capabilities ? { capabilities } : {}),
});
const handler = createLambdaHandler({
	uploads: defineUploads({ "any/:name": { authorize: "public", partSize } }),
	provider,
	tokenSecret: crypto.randomUUID(),
	log: { error: silent, warn: silent, info: silent },
}).use({
	before({ event }: { readonly event: { readonly rawPath: string } }) {
		const operation = event.rawPath.split("/").at(-1) ?? "";
		operations.push(operation);
		if (operation === thrown.operation) throw thrown.error;
	},
});
const gateway = await startGateway(handler as Parameters<typeof startGateway>[0]);
const client = createClient({
	endpoint: `${gateway.endpoint}/uploads`,
	multipartThreshold: partSize,
	retry: { limit: 1 },
});

beforeEach(() => {
	operations = [];
	return storage.clear();
});
afterAll(async () => {
	await gateway.close();
	await storage.close();
});

test.each([
	[400, "invalid-request"],
	[401, "unauthenticated"],
	[403, "forbidden"],
	[404, "not-found"],
	[406, "invalid-request"],
	[409, "invalid-request"],
	[410, "invalid-request"],
	[422, "invalid-request"],
	[429, "rate-limited"],
	[503, "storage-unavailable"],
] as const)(
	"a middleware's %i says nothing about the upload: it is told as %s, and no part is given up",
	async (statusCode, code) => {
		const error = Object.assign(new Error("As the middleware says."), { statusCode });
		for (const operation of ["uploads", "complete"]) {
			thrown = { operation, error };
			const failure = await failureOf(client.uploadFile(content, `any/${statusCode}`));
			expect(failure).toMatchObject({ code, status: statusCode });
			if (statusCode < 500) expect(failure.message).toContain("As the middleware says.");
		}
		expect(operations).toContain("complete");
		expect(operations).not.toContain("abort");
		expect(await provider.head(`any/${statusCode}`)).toBeNull();
		// the same file can be uploaded as soon as the middleware lets it
		thrown = { operation: "", error };
		expect(await client.uploadFile(content, `any/${statusCode}`)).toMatchObject({
			size: content.length,
		});
	},
);
