import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import * as nodeModule from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { callRunner } from "../../../src/providers/s3/calls.js";
import { multipartCalls } from "../../../src/providers/s3/multipart.js";
import { objectCalls } from "../../../src/providers/s3/objects.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";
import { readSettings } from "../../../src/providers/s3/settings.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

/** A server that takes every request and never answers it. */
async function silentServer(): Promise<{ endpoint: string; requests: () => number }> {
	let requests = 0;
	const server = createServer(() => {
		requests += 1;
	});
	await new Promise<void>((resolve) => {
		server.listen(0, "127.0.0.1", resolve);
	});
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const { port } = server.address() as AddressInfo;
	return { endpoint: `http://127.0.0.1:${port}`, requests: () => requests };
}

test("A storage that hangs is given up before the gateway would", async () => {
	const { endpoint, requests } = await silentServer();
	const settings = readSettings({
		bucket: "my-bucket",
		endpoint,
		region: "us-east-1",
		credentials,
	});
	const timings = { connect: 1_000, answer: 100, completion: 600_000, total: 5_000, copy: 5_000 };
	const run = callRunner(settings, timings);
	const calls = { ...multipartCalls(settings, run), ...objectCalls(settings, run) };
	const hang = { name: "UploadError", code: "storage-unavailable" };
	// three attempts, each given up for itself
	await expect(calls.head("k")).rejects.toMatchObject(hang);
	expect(requests()).toBe(3);
	// a completion may take ten minutes, but not longer than the whole call
	const ref = { key: "k", id: "id" };
	const parts = [{ partNumber: 1, receipt: '"x"' }];
	const complete = calls.completeMultipart(ref, parts, {
		spec: { key: "k", size: 1 },
		createOnly: false,
	});
	await expect(complete).rejects.toMatchObject(hang);
	expect(requests()).toBe(4);
});

/** Runs a module on the sources in a process of its own and returns every module it asked for. */
function modulesOf(program: string): string[] {
	const hooks = `
		import { registerHooks } from "node:module";
		const asked = [];
		registerHooks({
			resolve(name, context, next) {
				asked.push(name);
				const source = name.startsWith(".") ? name.replace(/\\.js$/, ".ts") : name;
				return next(source, context);
			},
		});
		process.on("exit", () => console.log(JSON.stringify(asked)));
	`;
	const run = spawnSync(
		process.execPath,
		["--no-warnings", "--conditions=source", "--input-type=module", "-e", hooks + program],
		{
			encoding: "utf8",
			cwd: new URL(".", import.meta.url),
			env: { PATH: process.env["PATH"], AWS_ACCESS_KEY_ID: "AKIDENV", AWS_SECRET_ACCESS_KEY: "s" },
		},
	);
	expect(run.stderr).toBe("");
	return JSON.parse(run.stdout) as string[];
}

const begin = `
	const { s3Provider } = await import("../../../src/providers/s3/index.js");
	const provider = s3Provider({ bucket: "my-bucket", region: "eu-west-1", ...OPTIONS });
	const signOptions = { expiresIn: 60, createOnly: true };
	await provider.signUpload({ key: "k", size: 1 }, signOptions);
	await provider.signParts({ key: "k", id: "i" }, { first: 1, count: 9, partSize: 5 }, signOptions);
	await provider.signDownload("k", signOptions);
`;

// Node 22.12 has no hooks that a program can register
test.skipIf(!("registerHooks" in nodeModule))(
	"A server that only signs never loads the AWS SDK",
	() => {
		const asked = modulesOf(begin.replace("OPTIONS", "{}"));
		expect(asked).toContain("./signer.js");
		expect(asked.filter((name) => /@aws-sdk|@smithy/.test(name))).toEqual([]);
		// the same eyes see the SDK where it is used
		const fallback = modulesOf(begin.replace("OPTIONS", '{ signer: "aws-sdk" }'));
		expect(fallback).toContain("@aws-sdk/s3-request-presigner");
	},
);

test("Without keys in the environment the SDK's chain finds them, a named profile before all", async () => {
	const folder = mkdtempSync(join(tmpdir(), "skyput-"));
	const file = join(folder, "credentials");
	writeFileSync(
		file,
		"[narrow]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = from-file\n",
	);
	// the SDK warns that it prefers the profile, which is the point here
	vi.spyOn(console, "warn").mockImplementation(() => {});
	onTestFinished(() => {
		vi.restoreAllMocks();
		vi.unstubAllEnvs();
		rmSync(folder, { recursive: true });
	});
	vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
	vi.stubEnv("AWS_CONFIG_FILE", file);
	vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDENV");
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", "env-secret");
	const provider = s3Provider({ bucket: "my-bucket", region: "eu-west-1" });
	const keyId = async (): Promise<string | undefined> => {
		const { url } = await provider.signDownload("k", { expiresIn: 60 });
		return new URL(url).searchParams.get("X-Amz-Credential")?.split("/")[0];
	};
	vi.stubEnv("AWS_PROFILE", "");
	expect(await keyId()).toBe("AKIDENV");
	vi.stubEnv("AWS_PROFILE", "narrow");
	expect(await keyId()).toBe("AKIDPROFILE");
});
