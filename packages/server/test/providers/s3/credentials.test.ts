import { expect, onTestFinished, test, vi } from "vitest";
import { credentialReader } from "../../../src/providers/s3/credentials.js";

const absent = async () => {
	throw Object.assign(new Error("Could not load credentials from any providers"), {
		name: "CredentialsProviderError",
	});
};

test("a server without credentials is told which variables to set, in the error and in the log", async () => {
	vi.stubEnv("AWS_PROFILE", "none");
	onTestFinished(() => void vi.unstubAllEnvs());
	const error = await credentialReader(undefined, absent)(false).catch((thrown) => thrown);
	expect(error).toMatchObject({ code: "storage-unavailable", status: 503 });
	for (const text of [error.message, error.reason]) {
		expect(text).toMatch(/no credentials.*AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.*role/);
	}
});

test("where the option credentials fails, it is named instead of the variables", async () => {
	const error = await credentialReader(absent, absent)(false).catch((thrown) => thrown);
	expect(error.message).toMatch(/no credentials.*option credentials.*failed/);
	expect(error.message).not.toContain("AWS_");
});
