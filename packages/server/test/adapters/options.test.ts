import { expect, test } from "vitest";
import {
	createLambdaHandler,
	type LambdaHandlerOptions,
} from "../../src/adapters/lambda/create-lambda-handler.js";
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
	["no previous secret", { tokenSecret: [tokenSecret, undefined] }, /tokenSecret .*32 bytes/],
	["an empty secret", { tokenSecret: "" }, /tokenSecret .*32 bytes/],
	["a principal that is no function", { principal: { sub: "7" } }, /principal .*function/],
])("%s is reported in words when the handler is made", (_what, options, message) => {
	expect(() => make(options as never)).toThrow(message);
});

test("a misspelt option is refused when the handler is made", () => {
	expect(() => make({ tokenSecrets: "x" } as never)).toThrow(/tokenSecrets/);
});
