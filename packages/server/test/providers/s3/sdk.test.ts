import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, onTestFinished, test, vi } from "vitest";
import { esbuildPlugin } from "../../../../../tools/mutation.ts";
import type { S3ProviderOptions } from "../../../src/providers/s3/options.js";
import { defineUploads } from "../../../src/uploads/define-uploads.js";
import { httpApiEvent } from "../../support/lambda-event.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const old = { cause: { message: expect.any(String) }, code: "unsupported", retryable: false };

/** A provider on version 3.632.0 of the SDK, and the paths that a storage with an empty bucket was asked for. */
async function oldProvider(options: Partial<S3ProviderOptions>) {
	const asked: string[] = [];
	const server = createServer(({ method, url }, response) => {
		asked.push(`${method} ${url}`);
		response.writeHead(/^\/my-bucket\/?$/.test(url ?? "") ? 200 : 404).end();
	});
	await new Promise<void>((resolve) => {
		server.listen(0, "127.0.0.1", resolve);
	});
	const { port } = server.address() as AddressInfo;
	vi.resetModules();
	vi.doMock("@aws-sdk/client-s3", () => import("client-s3-old"));
	onTestFinished(() => {
		server.close();
		vi.doUnmock("@aws-sdk/client-s3");
		vi.resetModules();
	});
	const { s3Provider } = await import("../../../src/providers/s3/provider.js");
	const endpoint = `http://127.0.0.1:${port}`;
	const base = { bucket: "my-bucket", region: "us-east-1", endpoint, credentials };
	return { provider: s3Provider({ ...base, ...options }), asked };
}

test.each([
	["aws", "It drops if-none-match, x-amz-checksum-type, x-amz-mp-object-size, if-match."],
	["minio", "It drops if-none-match."],
] as const)(
	"with %s the first control call names an SDK that is too old, and reaches no storage",
	async (compatibility, message) => {
		const { provider, asked } = await oldProvider({ compatibility });
		const reason =
			/^@aws-sdk\/client-s3 is 3\.632\.0, and must be 3\.729\.0 or newer\. Install that/;
		const error = { ...old, cause: { message }, reason: expect.stringMatching(reason) };
		await expect(provider.head("k")).rejects.toMatchObject(error);
		await expect(
			provider.createMultipart({ key: "k", size: 1 }, { createOnly: true }),
		).rejects.toMatchObject(error);
		expect(asked).toEqual([]);
	},
);

test("an old SDK works where nothing is asked that it drops", async () => {
	const { provider, asked } = await oldProvider({ compatibility: "ceph" });
	expect(await provider.head("k")).toBeNull();
	expect(asked).toEqual(["HEAD /my-bucket/k", expect.stringMatching(/^HEAD \/my-bucket\/?$/)]);
});

test("the caller learns that the server's SDK is at fault, the log which version and what to do", async () => {
	const { provider } = await oldProvider({ compatibility: "minio", unsignedHeaders: "accepted" });
	// beside the provider, whose error class it must know
	const { createBody, makeHandler, silentLog } = await import("../../support/call.js");
	const log = silentLog();
	const uploads = defineUploads({ "a/:n": { authorize: "public" } });
	const handler = makeHandler({ provider, uploads, log });
	const body = createBody("a/x", 200e6, { multipart: true });
	const result = await handler(httpApiEvent("POST", "/", { body }));
	expect(result.statusCode).toBe(501);
	expect(result.body).not.toContain("3.632");
	expect(log.lines).toMatchObject([
		{ level: "ERROR", code: "unsupported", reason: expect.stringContaining("3.632.0") },
	]);
});

/** Bundles a program with the provider and the SDK as ESM, and runs it. */
async function runBundle(program: string, banner = ""): Promise<unknown> {
	const folder = mkdtempSync(join(tmpdir(), "skyput-bundle-"));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const entry = fileURLToPath(new URL("../../../src/providers/s3/index.ts", import.meta.url));
	const { outputFiles } = await build({
		stdin: {
			contents: `import { s3Provider } from ${JSON.stringify(entry)};${program}`,
			resolveDir: fileURLToPath(new URL(".", import.meta.url)),
		},
		bundle: true,
		format: "esm",
		platform: "node",
		conditions: ["source"],
		banner: { js: banner },
		plugins: [esbuildPlugin],
		write: false,
		logLevel: "silent",
	});
	const file = join(folder, "bundle.mjs");
	writeFileSync(file, outputFiles[0]?.contents ?? "");
	const run = spawnSync(process.execPath, [file], {
		encoding: "utf8",
	});
	expect(run.stderr).toBe("");
	return JSON.parse(run.stdout);
}

test("an ESM bundle without a require says at every control call how to bundle it, and works with its banner", async () => {
	const options = { bucket: "my-bucket", region: "eu-west-1", credentials };
	const program = `
		const provider = s3Provider({ ...${JSON.stringify(options)}, endpoint: "http://127.0.0.1:9" });
		const errors = [];
		for (let i = 0; i < 2; i++) {
			await provider.head("k").catch(({ code, reason }) => errors.push({ code, reason }));
		}
		console.log(JSON.stringify(errors));
	`;
	const advice = /give esbuild the banner "(.+?)", or mark/i;
	const refused = { code: "unsupported", reason: expect.stringMatching(advice) };
	const errors = await runBundle(program);
	expect(errors).toEqual([refused, refused]);
	const banner = advice.exec((errors as { reason: string }[])[0]?.reason ?? "")?.[1] ?? "";
	const unreachable = expect.objectContaining({ code: "storage-unavailable" });
	expect(await runBundle(program, banner)).toEqual([unreachable, unreachable]);
});
