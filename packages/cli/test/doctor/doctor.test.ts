import { readFile } from "node:fs/promises";
import { defineUploads } from "@skyput/server";
import { startBackend, startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { findingTable } from "../../src/doctor/finding-table.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

const origin = "https://app.example.com";

async function startBucket() {
	const storage = await startS3Server();
	onTestFinished(storage.close);
	vi.stubEnv("AWS_ACCESS_KEY_ID", storage.accessKeyId);
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", storage.secretAccessKey);
	onTestFinished(() => {
		vi.unstubAllEnvs();
	});
	const { bucket, region, endpoint } = storage;
	const words = ["--bucket", bucket, "--region", region, "--s3-endpoint", endpoint];
	return { storage, words: ["doctor", ...words, "--compatibility", "aws", "--origin", origin] };
}

test("a bucket without an error ends with 0, and says what was not tried", async () => {
	const { words } = await startBucket();
	const { exitCode, stdout } = await run(words, { cwd: await makeFolder() });
	expect(stdout).toContain("no findings");
	expect(stdout).toContain("not tried: the lifecycle rules could not be read");
	expect(stdout).toMatch(/0 errors, 0 warnings\n$/);
	expect(exitCode).toBe(0);
});

test("an error ends with 1, and stands in the report with what is to be changed", async () => {
	const { words } = await startBucket();
	const wrong = words.map((word) => (word === "us-east-1" ? "eu-west-3" : word));
	const { exitCode, stdout } = await run(wrong, { cwd: await makeFolder() });
	expect(exitCode).toBe(1);
	expect(stdout).toContain('region: "us-east-1"   (AWS_REGION_NAME=us-east-1)');
	const { documents } = await run(["--json", ...wrong], { cwd: await makeFolder() });
	expect(documents).toEqual([
		{
			findings: [
				{
					subject: "Bucket skyput",
					code: "region-wrong",
					severity: "error",
					message: expect.stringContaining("eu-west-3"),
					fix: expect.stringContaining("us-east-1"),
				},
			],
			skipped: [],
			left: [],
		},
	]);
});

test("bucket and endpoint are tried in one run, with the user's table and short secrets", async () => {
	const { storage, words } = await startBucket();
	const uploads = defineUploads({
		"files/:name": { authorize: "public", authorizeDelete: "public" },
	});
	const handler = { cors: { origins: [origin] }, log: { error() {}, warn() {}, info() {} } };
	const { endpoint, close } = await startBackend({ uploads, storage, handler, runtime: "node" });
	onTestFinished(close);
	const table = `import { defineUploads } from "@skyput/server"; export const uploads = defineUploads({ "files/:name": { authorize: "public" } });`;
	const { exitCode, documents } = await run(
		["--json", ...words, "--endpoint", endpoint, "--key", "files/{random}"],
		{ cwd: await makeFolder({ "uploads.ts": table }), env: { UPLOAD_TOKEN_SECRET: "short" } },
	);
	expect(documents).toEqual([
		{
			findings: [expect.objectContaining({ code: "token-secret-short", subject: "Environment" })],
			skipped: [expect.stringContaining("lifecycle")],
			left: [],
		},
	]);
	expect(exitCode).toBe(1);
});

test("without a bucket and an endpoint, or with an origin that no page has, it is wrong usage", async () => {
	const cwd = await makeFolder();
	expect(await run(["doctor"], { cwd })).toMatchObject({
		exitCode: 2,
		stderr: expect.stringContaining("give --bucket, --endpoint, or both"),
	});
	expect(await run(["doctor", "--origin", "app.example.com"], { cwd })).toMatchObject({
		exitCode: 2,
		stderr: expect.stringContaining("as browsers send it"),
	});
});

test("Ctrl-C ends the checks, and what they stored is deleted", async () => {
	const { storage, words } = await startBucket();
	const controller = new AbortController();
	controller.abort();
	const { exitCode } = await run(words, { cwd: await makeFolder(), signal: controller.signal });
	expect(exitCode).not.toBe(0);
	const { S3Client, ListObjectsV2Command } = await import("@aws-sdk/client-s3");
	const { endpoint, region, accessKeyId, secretAccessKey, bucket } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	const listed = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
	s3.destroy();
	expect(listed.Contents ?? []).toEqual([]);
});

test("each finding is shown by a test that breaks a set-up", async () => {
	const read = (name: string) => readFile(new URL(name, import.meta.url), "utf8");
	const files = ["check-storage.test.ts", "check-endpoint.test.ts", "doctor.test.ts"];
	const tests = (await Promise.all(files.map(read))).join();
	const untested = Object.keys(findingTable).filter((code) => !tests.includes(`"${code}"`));
	expect(untested).toEqual([]);
});
