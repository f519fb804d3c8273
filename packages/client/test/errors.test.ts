import { expect, test } from "vitest";
import { UploadError } from "../src/errors.js";

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
