import type { PresignProvider } from "@skyput/server/provider";
import { s3Provider } from "@skyput/server/s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { providerCases, runProviderCases, type S3Server, startS3Server } from "../../src/index.js";

const emptyFile = "an empty file is stored as an empty object";
let s3: S3Server;
let provider: PresignProvider;

beforeAll(async () => {
	s3 = await startS3Server();
	const { endpoint, region, bucket, accessKeyId, secretAccessKey, capabilities } = s3;
	const credentials = { accessKeyId, secretAccessKey };
	provider = s3Provider({ bucket, region, endpoint, credentials, capabilities });
});
afterAll(() => s3.close());

test("every case is run, printed on a line, and counted", async () => {
	const lines: string[] = [];
	const results = await runProviderCases(async () => provider, {
		print: (line) => lines.push(line),
	});
	expect(results.map(({ name }) => name)).toEqual(providerCases.map(({ name }) => name));
	expect(results.filter(({ status }) => status === "failed")).toEqual([]);
	expect(lines).toContain(`passed  ${emptyFile}`);
	const passed = results.filter(({ status }) => status === "passed").length;
	expect(passed).toBeGreaterThan(60);
	expect(lines.at(-1)).toBe(`${passed} passed, 0 failed, ${results.length - passed} skipped`);
});

test("a filter chooses cases by a text or a pattern in their names", async () => {
	const run = (filter: string | RegExp) =>
		runProviderCases(() => provider, { filter, print: () => {} });
	expect((await run("empty file")).map(({ name }) => name)).toEqual([emptyFile]);
	expect((await run(/^an empty/)).map(({ name }) => name)).toEqual([emptyFile]);
});

test("a storage that does something else fails the case, with what happened", async () => {
	const broken = { ...provider, head: async () => null };
	const lines: string[] = [];
	const [result] = await runProviderCases(() => broken, {
		filter: "empty file",
		print: (line) => lines.push(line),
	});
	expect(result).toMatchObject({
		status: "failed",
		expected: { put: "ok", size: 0 },
		actual: { put: "ok", size: null },
	});
	expect(lines[0]).toBe(`failed  ${emptyFile}\n        size: expected 0, got null`);
});

test("a provider that throws fails the case with its error", async () => {
	const head = async () => {
		throw new Error("no route to host");
	};
	const [result] = await runProviderCases(() => ({ ...provider, head }), {
		filter: "empty file",
		print: () => {},
	});
	const actual = { threw: "Error: no route to host", contract: expect.stringMatching("no route") };
	expect(result).toMatchObject({ status: "failed", actual });
});

test("a known deviation passes while it happens, and fails once it is mended", async () => {
	const options = {
		filter: "empty file",
		deviations: { [emptyFile]: { size: null } },
		print: () => {},
	};
	const broken = { ...provider, head: async () => null };
	expect(await runProviderCases(() => broken, options)).toMatchObject([
		{ status: "passed", deviates: true },
	]);
	expect(await runProviderCases(() => provider, options)).toMatchObject([{ status: "failed" }]);
});

test("a case that does not apply to the capabilities is skipped", async () => {
	const capabilities = { ...provider.capabilities, multipart: false as const };
	const results = await runProviderCases(() => ({ ...provider, capabilities }), {
		filter: "stored parts are listed",
		print: () => {},
	});
	expect(results).toMatchObject([{ status: "skipped" }]);
});

test("a deviation of a case that does not exist is refused", async () => {
	const options = { deviations: { "no such case": { put: "ok" } } };
	await expect(runProviderCases(() => provider, options)).rejects.toThrow("no such case");
});
