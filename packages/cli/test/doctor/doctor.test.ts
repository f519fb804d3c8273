import { readFile } from "node:fs/promises";
import { defineUploads } from "@skyput/server";
import { type S3ServerOptions, startBackend, startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { findingTable } from "../../src/doctor/finding-table.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";
import { startFront } from "../start-front.js";

/** Starts a page. @returns its origin */
const startPage = (policy?: string, html = ""): Promise<string> =>
	startFront("http://127.0.0.1:9", {
		before: () => ({
			status: 200,
			headers: {
				"content-type": "text/html",
				...(policy === undefined ? {} : { "content-security-policy": policy }),
			},
			body: `<!doctype html>${html}`,
		}),
	});

async function startBucket(options: S3ServerOptions = {}) {
	const origin = await startPage();
	const storage = await startS3Server(options);
	onTestFinished(storage.close);
	vi.stubEnv("AWS_ACCESS_KEY_ID", storage.accessKeyId);
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", storage.secretAccessKey);
	onTestFinished(() => {
		vi.unstubAllEnvs();
	});
	const { bucket, region, endpoint } = storage;
	const words = ["--bucket", bucket, "--region", region, "--s3-endpoint", endpoint];
	return {
		storage,
		origin,
		words: ["doctor", ...words, "--compatibility", "aws", "--origin", origin],
	};
}

test("a bucket without an error ends with 0, and says what was not tried", async () => {
	const { words } = await startBucket();
	const { exitCode, stdout } = await run(words, { cwd: await makeFolder() });
	expect(stdout).toContain("no findings");
	expect(stdout).toContain("not tried: the lifecycle rules could not be read");
	expect(stdout).toMatch(/0 errors, 0 warnings\n$/);
	expect(exitCode).toBe(0);
});

test.each([
	["() => storage", "a function"],
	["[storage]", "an array"],
	["Promise.resolve(storage)", "a promise"],
	["{ files: {} }", "an object without storages"],
])("a provider that no storage can be read from is named: %s", async (provider, what) => {
	const cwd = await makeFolder({
		"uploads.ts": `
			import { defineUploads } from "@skyput/server";
			import { s3Provider } from "@skyput/server/s3";
			const storage = s3Provider({ bucket: "files", region: "us-east-1" });
			export const uploads = defineUploads({ "*path": { authorize: "public", maxSize: "1 MB" } });
			export const provider = ${provider};`,
	});
	const { exitCode, stderr } = await run(["doctor"], { cwd });
	expect(stderr).toContain(`exports provider as ${what}`);
	expect(exitCode).toBe(2);
});

test("an error ends with 1, and the report says what to do", async () => {
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
			contacts: [],
		},
	]);
});

test("bucket and endpoint are tried in one run, with the user's table and short secrets", async () => {
	const { storage, origin, words } = await startBucket();
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
			contacts: [storage.endpoint, new URL(endpoint).origin],
		},
	]);
	expect(exitCode).toBe(1);
});

/** A table whose bucket has two names, by which the local server is reached alike. */
async function tableOfTwoNames(second: (endpoint: string) => string): Promise<string> {
	const { storage } = await startBucket();
	const { bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;
	const options = {
		...{ bucket, region, endpoint, forcePathStyle: true, compatibility: "aws" },
		credentials: { accessKeyId, secretAccessKey },
		hosts: [second(endpoint)],
	};
	return makeFolder({
		"uploads.ts": `
			import { defineUploads } from "@skyput/server";
			import { s3Provider } from "@skyput/server/s3";
			export const uploads = defineUploads({ "files/:name": { authorize: "public" } });
			export const provider = s3Provider(${JSON.stringify(options)});`,
	});
}

test("of a bucket with several names each is tried, and its pages' policies must have all", async () => {
	const onLocalhost = (endpoint: string): string => endpoint.replace("127.0.0.1", "localhost");
	const cwd = await tableOfTwoNames(onLocalhost);
	const open = await run(["doctor", "--json", "--origin", await startPage()], { cwd });
	const [{ contacts }] = open.documents as [{ contacts: readonly string[] }];
	expect([open.exitCode, contacts]).toEqual([
		0,
		[expect.stringContaining("127.0.0.1"), expect.stringContaining("localhost")],
	]);
	const all = `connect-src ${contacts.join(" ")}`;
	const allowed = await run(["doctor", "--origin", await startPage(`default-src 'none'; ${all}`)], {
		cwd,
	});
	expect(allowed.stdout).toContain(`A page with a Content-Security-Policy needs: ${all}\n`);
	expect(allowed.exitCode).toBe(0);
	const meta = `<meta http-equiv="Content-Security-Policy" content="connect-src 'self' ${contacts[0]}">`;
	const blocked = await run(["doctor", "--json", "--origin", await startPage(undefined, meta)], {
		cwd,
	});
	expect([blocked.exitCode, blocked.documents]).toMatchObject([
		1,
		[
			{
				findings: [
					{
						subject: "Pages",
						code: "page-policy",
						message: expect.stringMatching(
							/does not allow connections to http:\/\/localhost:\d+\.$/,
						),
						fix: all,
					},
				],
			},
		],
	]);
});

test("a name of the bucket that does not answer is named", async () => {
	const cwd = await tableOfTwoNames(() => "http://127.0.0.1:9");
	const { documents } = await run(["doctor", "--json", "--origin", await startPage()], { cwd });
	expect(documents).toMatchObject([
		{
			findings: [
				{
					code: "storage-unreachable",
					message: expect.stringContaining("http://127.0.0.1:9 gave"),
				},
			],
		},
	]);
});

test("a page that cannot be fetched is said to be not tried, and not to have no findings", async () => {
	const { words } = await startBucket();
	const cwd = await makeFolder();
	const at = words.indexOf("--origin");
	const away = words.with(at + 1, "http://127.0.0.1:9");
	const { exitCode, stdout } = await run(away, { cwd });
	expect(stdout).toContain(
		"Pages\n  not tried: the Content-Security-Policy of http://127.0.0.1:9: fetch and browsers block that port.",
	);
	expect(exitCode).toBe(0);
	const other = await run([...words, "--origin", "http://127.0.0.1:9"], { cwd });
	expect(other.stdout).toMatch(/^Pages\n {2}no findings\n {2}not tried: /m);
});

test("a message of several lines stays indented, and fits into the terminal", async () => {
	const words = ["doctor", "--bucket", "b", "--compatibility", "none"];
	const { stdout } = await run(words, { cwd: await makeFolder(), terminal: true });
	const [, message = ""] = /storage-options-invalid.*?\n(.*?)\n[^\n]*→/s.exec(stdout) ?? [];
	const lines = message.split("\n");
	expect(lines[1]).toMatch(/^ {4}- compatibility: must be one of /);
	expect(lines.filter((line) => !line.startsWith("    ") || line.length > 80)).toEqual([]);
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
	// its proxy keeps a log
	const { storage, words } = await startBucket({ faults: [] });
	const signal = AbortSignal.abort();
	const { exitCode } = await run(words, { cwd: await makeFolder(), signal });
	expect(exitCode).toBe(130);
	expect(storage.faults?.log).toContainEqual(
		expect.objectContaining({ operation: "PutObject", status: 200 }),
	);
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
