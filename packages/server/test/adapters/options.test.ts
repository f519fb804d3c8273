import { expect, test } from "vitest";
import {
	createLambdaHandler,
	type LambdaHandlerOptions,
} from "../../src/adapters/lambda/create-lambda-handler.js";
import { memoryCompletions } from "../../src/completions.js";
import { memoryQuota } from "../../src/limits/quota.js";
import { defaultUploads, tokenSecret } from "../support/call.js";
import { memoryProvider } from "../support/memory-provider.js";

const make = (options: Partial<LambdaHandlerOptions>) =>
	createLambdaHandler({
		uploads: defaultUploads,
		provider: memoryProvider(),
		tokenSecret,
		...options,
	});

test.each([
	["no table", { uploads: undefined }, /uploads .*defineUploads/],
	["a table that was not defined", { uploads: { "files/*path": {} } }, /uploads .*defineUploads/],
	["no storage", { provider: undefined }, /provider .*s3Provider/],
	["no secret", { tokenSecret: undefined }, /tokenSecret is undefined/],
	["an empty secret", { tokenSecret: "" }, /tokenSecret has 0 bytes/],
	["a principal that is not a function", { principal: { sub: "7" } }, /principal .*function/],
	["a misspelt hook", { hooks: { befor: () => undefined } }, /hook "befor".*before, after/],
	["a hook that is not a function", { hooks: { after: true } }, /hooks\.after must be a function/],
	["a log without a level", { log: { error: () => undefined } }, /log\.warn must be a function/],
	["an audit that is not a function", { audit: {} }, /audit must be a function/],
	["a rate limit without take", { rateLimit: {} }, /rateLimit\.take must be a function/],
	[
		"a quota without commit",
		{ quota: { reserve: () => undefined } },
		/quota\.commit must be a function/,
	],
	[
		"a quota of plain URLs",
		{ quota: memoryQuota({ objects: 1 }), tokenSecret: false },
		/quota needs a tokenSecret/,
	],
	[
		"a proof of plain URLs",
		{ proofKey: { kty: "OKP" }, tokenSecret: false },
		/proofKey needs a tokenSecret/,
	],
	[
		"completions of plain URLs",
		{ tokenSecret: false, completions: memoryCompletions() },
		/completions needs a tokenSecret/,
	],
	["a misspelt option of cors", { cors: { origin: ["*"] } }, /option of cors "origin"/],
])("%s is reported in words when the handler is made", (_what, options, message) => {
	expect(() => make(options as never)).toThrow(message);
});

test("a misspelt option is refused when the handler is made", () => {
	expect(() => make({ tokenSecrets: "x" } as never)).toThrow(/tokenSecrets/);
});
