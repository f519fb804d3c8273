import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { startGateway } from "@skyput/testing";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";

// The plain contract as curl users know it, in front of a storage that is not ours.

let ceph: Ceph;
let folder: string;
beforeAll(async () => {
	const started = await startCeph();
	if (!started) throw new Error("Ceph is not installed");
	ceph = started;
	folder = await mkdtemp(join(tmpdir(), "skyput-curl-"));
});
afterAll(async () => {
	await ceph.close();
	await rm(folder, { recursive: true });
});
afterEach(() => {
	vi.unstubAllEnvs();
});

const curl = async (...args: readonly string[]): Promise<string> =>
	(await promisify(execFile)("curl", ["--silent", "--show-error", ...args])).stdout;

/** The ready handler, as a Lambda would load it with these variables, behind a gateway. */
async function serve(variables: Readonly<Record<string, string>>) {
	const environment = {
		BUCKET_NAME: ceph.bucket,
		AWS_REGION_NAME: ceph.region,
		S3_ENDPOINT: ceph.endpoint,
		S3_COMPATIBILITY: "ceph",
		S3_UNSIGNED_HEADERS: "accepted",
		PUBLIC_UPLOADS: "true",
		AWS_ACCESS_KEY_ID: ceph.accessKeyId,
		AWS_SECRET_ACCESS_KEY: ceph.secretAccessKey,
		...variables,
	};
	for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
	vi.resetModules();
	const { handler } = await import("@skyput/server/handler");
	return startGateway(handler);
}

async function stored(key: string): Promise<string> {
	const { accessKeyId, secretAccessKey, endpoint, region, bucket } = ceph;
	const client = new S3Client({
		region,
		endpoint,
		forcePathStyle: true,
		credentials: { accessKeyId, secretAccessKey },
	});
	const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
	const text = await Body?.transformToString();
	client.destroy();
	return text ?? "";
}

/** Puts a text by curl with what the plain contract answered; returns the status. */
async function put(
	text: string,
	url: string,
	headers: Readonly<Record<string, string>>,
): Promise<string> {
	const file = join(folder, "file");
	await writeFile(file, text);
	const given = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
	return curl("-T", file, ...given, "-o", join(folder, "answer"), "-w", "%{http_code}", url);
}

test("with overwriting allowed, curl -T and the bare URL store a file, and store it again", async () => {
	const gateway = await serve({ ALLOW_OVERWRITE: "true" });
	for (const text of ["first", "second"]) {
		const { uploadURL, headers } = JSON.parse(
			await curl(`${gateway.endpoint}?key=notes/a%20b.txt`),
		);
		expect(headers).toEqual({});
		expect(await put(text, uploadURL, {})).toBe("200");
		expect(await stored("notes/a b.txt")).toBe(text);
	}
	await gateway.close();
});

test("by default the URL with its headers stores a file once, and neither a repeat nor a bare URL overwrites it", async () => {
	const key = `once-${crypto.randomUUID()}.txt`;
	const gateway = await serve({});
	const { uploadURL, headers } = JSON.parse(await curl(`${gateway.endpoint}?key=${key}`));
	expect(headers).toMatchObject({ "if-none-match": "*" });
	expect(await put("first", uploadURL, headers)).toBe("200");
	expect(await put("second", uploadURL, headers)).toBe("412");
	expect(await put("third", uploadURL, {})).toBe("403");
	expect(await stored(key)).toBe("first");
	await gateway.close();
});

test("a size and a type that were asked for are the only ones that the URL takes", async () => {
	const gateway = await serve({ ALLOW_OVERWRITE: "true", MAX_UPLOAD_BYTES: "1000" });
	const asked = await curl(`${gateway.endpoint}?key=typed.txt&size=5&contentType=text/plain`);
	const { uploadURL, headers } = JSON.parse(asked);
	expect(await put("longer", uploadURL, headers)).toBe("403");
	expect(await put("right", uploadURL, { "content-type": "text/html" })).toBe("403");
	expect(await put("right", uploadURL, headers)).toBe("200");
	expect(await stored("typed.txt")).toBe("right");
	expect(await readFile(join(folder, "answer"), "utf8")).toBe("");
	await gateway.close();
});
