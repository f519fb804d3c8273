import { s3Provider } from "@skyput/server/s3";
import { afterEach, expect, test } from "vitest";
import { faultNamed, type S3Server, type S3ServerOptions, startS3Server } from "../../src/index.js";

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
	for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: S3ServerOptions): Promise<S3Server> {
	const server = await startS3Server(options);
	closing.push(server.close);
	return server;
}

/** The statuses of presigned PUTs, one for each key. */
async function put(server: S3Server, keys: readonly string[]): Promise<readonly number[]> {
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const provider = s3Provider({ bucket, region, endpoint, credentials, capabilities });
	const statuses: number[] = [];
	for (const key of keys) {
		const options = { expiresIn: 60, createOnly: false };
		const { url, headers } = await provider.signUpload({ key, size: 5 }, options);
		statuses.push((await fetch(url, { method: "PUT", headers, body: "hello" })).status);
	}
	return statuses;
}

test("rules hit the requests that they match, and may be changed", async () => {
	const fault = faultNamed("503 SlowDown");
	const server = await start({ faults: [{ fault, operation: "PutObject", nth: 2 }] });
	expect(await put(server, ["a", "b", "c"])).toEqual([200, 503, 200]);
	expect(server.faults?.log.map((entry) => entry.fault)).toEqual([
		undefined,
		fault.name,
		undefined,
	]);
	server.faults?.rules.push({ fault, path: `/${server.bucket}/d` });
	expect(await put(server, ["c", "d"])).toEqual([200, 503]);
});

test("random faults are of the kinds that were named, and the same for the same seed", async () => {
	const keys = Array.from({ length: 40 }, (_, index) => `file-${index}`);
	const run = async (seed: number): Promise<readonly number[]> => {
		const kinds = ["503 SlowDown", "504"];
		return await put(await start({ faults: { seed, rate: 0.5, kinds } }), keys);
	};
	const first = await run(1);
	expect(new Set(first)).toEqual(new Set([200, 503, 504]));
	expect(await run(1)).toEqual(first);
	expect(await run(2)).not.toEqual(first);
});

test("a port is that of the proxy", async () => {
	const first = await startS3Server();
	const port = Number(new URL(first.endpoint).port);
	await first.close();
	const server = await start({ port, faults: [] });
	expect(server.endpoint).toBe(first.endpoint);
	expect(await put(server, ["a"])).toEqual([200]);
	await expect(startS3Server({ port, faults: [] })).rejects.toThrow("EADDRINUSE");
});

test("an unknown kind is refused with the names of all", async () => {
	const faults = { rate: 1, kinds: ["503 slow"] };
	await expect(startS3Server({ faults })).rejects.toThrow(/no fault "503 slow".*503 SlowDown/);
});

test("a server without faults has no proxy", async () => {
	expect((await start({})).faults).toBeUndefined();
});

test("addresses need faults", async () => {
	await expect(startS3Server({ addresses: ["127.0.0.1"] })).rejects.toThrow("addresses needs");
});

/** An upload in one part; resolves with the part's ETags, one for each time that it was sent. */
async function sendPart(server: S3Server, times: number) {
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const provider = s3Provider({ bucket, region, endpoint, credentials, capabilities });
	const spec = { key: "parts", size: 5 };
	const ref = await provider.createMultipart(spec, { createOnly: true });
	const range = { first: 1, count: 1, partSize: 5, lastSize: 5 };
	const { urls, values } = await provider.signParts(ref, range, { expiresIn: 60 });
	const url = (urls[0] ?? "").replace("{partNumber}", "1").replace("{value}", values[0] ?? "");
	const etags: (string | null)[] = [];
	for (let time = 0; time < times; time++) {
		etags.push((await fetch(url, { method: "PUT", body: "hello" })).headers.get("etag"));
	}
	return { provider, spec, ref, etags };
}

test("equal parts get different ETags, and only the last one completes the upload", async () => {
	const fault = faultNamed("another ETag for equal bytes");
	const server = await start({ faults: [{ fault, operation: "UploadPart" }] });
	const { provider, spec, ref, etags } = await sendPart(server, 2);
	const [first = "", last = ""] = etags.map((etag) => etag ?? "");
	expect(first).toMatch(/^"[0-9a-f]{32}"$/);
	expect(last).not.toBe(first);
	const listed = await provider.listParts(ref, {});
	expect(listed.parts.map(({ receipt }) => receipt)).toEqual([last]);
	const complete = (receipt: string) =>
		provider.completeMultipart(ref, [{ partNumber: 1, receipt }], { spec, createOnly: true });
	await expect(complete(first)).rejects.toMatchObject({ code: "invalid-parts" });
	expect(await complete(last)).toMatchObject({ size: 5 });
});

test("a failed condition ends its upload", async () => {
	const fault = faultNamed("412 that aborts the upload");
	const server = await start({ faults: [{ fault, operation: "CompleteMultipartUpload", nth: 1 }] });
	const { provider, spec, ref, etags } = await sendPart(server, 1);
	const parts = [{ partNumber: 1, receipt: etags[0] ?? "" }];
	const complete = () => provider.completeMultipart(ref, parts, { spec, createOnly: true });
	await expect(complete()).rejects.toMatchObject({ code: "already-exists" });
	await expect(complete()).rejects.toMatchObject({ code: "upload-not-found" });
	expect(await provider.head("parts")).toBeNull();
});
