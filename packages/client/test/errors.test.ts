import { expect, test } from "vitest";
import { reword, UploadError } from "../src/errors.js";

test("an error's code decides whether it is retryable, unless the options do", () => {
	expect(new UploadError("network", "").retryable).toBe(true);
	expect(new UploadError("network", "", { retryable: undefined }).retryable).toBe(true);
	expect(new UploadError("network", "", { retryable: false }).retryable).toBe(false);
	expect(new UploadError("forbidden", "").retryable).toBe(false);
	expect(new UploadError("forbidden", "", { retryable: true }).retryable).toBe(true);
});

test("an error keeps its cause out of what is enumerated", () => {
	const cause = new Error("socket hang up");
	const error = new UploadError("network", "The connection broke.", { cause, status: 502 });
	expect(error.cause).toBe(cause);
	expect({ ...error }).toEqual({
		name: "UploadError",
		code: "network",
		retryable: true,
		status: 502,
	});
});

test("an error in an app's own words keeps everything but its message", () => {
	const cause = new Error("413");
	const error = new UploadError("too-large", "Too large.", {
		cause,
		status: 413,
		requestId: "r",
		values: { limit: 5_000_000 },
	});
	const own = reword(error, { "too-large": ({ values }) => `At most ${values?.["limit"]} bytes!` });
	expect({ ...own }).toEqual({ ...error });
	expect([own.message, own.cause]).toEqual(["At most 5000000 bytes!", cause]);
	expect(own).toBeInstanceOf(UploadError);
});

test.each([
	["no words", {}],
	["undefined ones", { network: undefined }],
	["none that are text", { network: () => undefined as never }],
	[
		"words that cannot be made",
		{
			network: () => {
				throw new Error("no translation");
			},
		},
	],
	[
		"words in an object that refuses unknown names",
		new Proxy(
			{},
			{
				get() {
					throw new Error("no translation");
				},
			},
		),
	],
])("an error stays as it is where the app has %s", (_, messages) => {
	const error = new UploadError("network", "The connection broke.");
	expect(reword(error, messages)).toBe(error);
});
