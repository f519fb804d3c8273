import { describe, expect, it } from "vitest";
import { albPrincipal } from "../src/adapters/lambda/alb-principal.js";
import { createLambdaHandler } from "../src/adapters/lambda/create-lambda-handler.js";
import { createNodeHandler } from "../src/adapters/node.js";
import { createFetchHandler } from "../src/adapters/web.js";
import { jsonAudit } from "../src/audit/index.js";
import { dynamoCompletions, dynamoOutcomes } from "../src/dynamodb/completions.js";
import { dynamoQuota } from "../src/dynamodb/quota.js";
import { dynamoRateLimit } from "../src/dynamodb/rate-limit.js";
import { abortStale } from "../src/events/abort-stale.js";
import { createObjectHandler } from "../src/events/create-object-handler.js";
import { rescan } from "../src/events/rescan.js";
import { clamav } from "../src/events/steps/clamav.js";
import { guardDuty } from "../src/events/steps/guard-duty.js";
import { maxPixels } from "../src/events/steps/max-pixels.js";
import { sniffType } from "../src/events/steps/sniff-type.js";
import { memoryQuota } from "../src/limits/quota.js";
import { memoryRateLimit } from "../src/limits/rate-limit.js";
import { azureProvider } from "../src/providers/azure/provider.js";
import { gcsProvider } from "../src/providers/gcs/provider.js";
import { s3Provider } from "../src/providers/s3/provider.js";
import { staged } from "../src/providers/staged.js";
import { defineUploads } from "../src/uploads/define-uploads.js";

type Factory = (...options: unknown[]) => unknown;

const thrown = async (call: () => unknown): Promise<unknown> => {
	try {
		await call();
		return undefined;
	} catch (error) {
		return error;
	}
};

describe.each<[string, unknown, RegExp]>([
	["defineUploads", defineUploads, /needs a table of patterns and rules/],
	["createLambdaHandler", createLambdaHandler, /uploads, provider/],
	["createFetchHandler", createFetchHandler, /uploads, provider/],
	["createNodeHandler", createNodeHandler, /uploads, provider/],
	["albPrincipal", albPrincipal, /loadBalancer/],
	["s3Provider", s3Provider, /bucket: is undefined; set BUCKET_NAME/],
	["gcsProvider", gcsProvider, /bucket must be a bucket's name/],
	["azureProvider", azureProvider, /account: is undefined/],
	["staged", staged, /needs a provider/],
	["memoryQuota", memoryQuota, /needs bytes, objects or both/],
	["memoryRateLimit", memoryRateLimit, /limit must be a whole number/],
	["dynamoCompletions", dynamoCompletions, /table/],
	["dynamoOutcomes", dynamoOutcomes, /table/],
	["dynamoQuota", dynamoQuota, /needs bytes, objects or both/],
	["dynamoRateLimit", dynamoRateLimit, /limit must be a whole number/],
	["createObjectHandler", createObjectHandler, /uploads/],
	["abortStale", abortStale, /needs the provider of a storage/],
	["rescan", rescan, /prefix must be a string/],
	["clamav", clamav, /host/],
])("%s", (_, factory, message) => {
	it.each([[[]], [[null]], [[5]]])(
		"names what is missing when it is called with %j",
		async (given) => {
			const error = await thrown(() => (factory as Factory)(...given));
			expect(error).toBeInstanceOf(TypeError);
			expect(error).toHaveProperty("message", expect.stringMatching(message));
		},
	);
});

it.each<[string, unknown]>([
	["jsonAudit", jsonAudit],
	["sniffType", sniffType],
	["guardDuty", guardDuty],
	["maxPixels", maxPixels],
])("%s refuses options that are no object", async (_, factory) => {
	for (const given of [null, 5, "tag", []]) {
		expect(() => (factory as Factory)(given)).toThrow(/Expected an object/);
	}
});

const provider = s3Provider({
	bucket: "files",
	region: "eu-west-1",
	credentials: { accessKeyId: "a", secretAccessKey: "b" },
});
const uploads = defineUploads({ "files/:name": { authorize: "public" } });
const options = { uploads, provider, tokenSecret: "x".repeat(32) };

it.each<[object, RegExp]>([
	[{ hooks: 5 }, /each hook, not number\. Known are: before, after/],
	[{ hooks: [] }, /each hook, not a list/],
	[{ hooks: "before" }, /each hook, not string/],
	[{ hooks: null }, /each hook, not null/],
	[{ hooks: { before: 5 } }, /hooks\.before must be a function/],
	[{ cors: 5 }, /each option of cors, not number/],
	[{ cors: ["https://app.example.com"] }, /each option of cors, not a list/],
	[{ log: 5 }, /log\.error must be a function/],
	[{ completions: {} }, /completions\.begin must be a function/],
	[{ audit: {} }, /audit must be a function/],
])("a handler refuses %j", (wrong, message) => {
	expect(() => createFetchHandler({ ...options, ...wrong } as never)).toThrow(message);
});
