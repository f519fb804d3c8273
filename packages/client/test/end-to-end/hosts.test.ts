import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { faultNamed, startBackend, startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { uploadFile } from "../../src/node/index.js";

const mebibyte = 2 ** 20;
const file = randomBytes(60 * mebibyte);
const uploads = defineUploads({ "files/:name": { authorize: "public", partSize: "5 MiB" } });
/** Two addresses of this machine. */
const names = ["127.0.0.1", process.platform === "linux" ? "127.0.0.2" : "[::1]"];

/** Uploads to a storage of two host names; resolves with the requests for parts at each of them. */
async function upload(dies: boolean) {
	const storage = await startS3Server({
		addresses: names.map((name) => name.replace(/[[\]]/g, "")),
		faults: dies
			? [{ fault: faultNamed("dead address"), operation: "UploadPart", partNumber: 3, nth: 1 }]
			: [],
	});
	onTestFinished(storage.close);
	const { port } = new URL(storage.endpoint);
	const [endpoint = "", ...hosts] = names.map((name) => `http://${name}:${port}`);
	const backend = await startBackend({ uploads, storage: { ...storage, endpoint, hosts } });
	onTestFinished(backend.close);
	const result = await uploadFile(file, "files/a", {
		endpoint: backend.endpoint,
		multipartThreshold: 0,
		concurrency: 2,
	});
	expect(result).toMatchObject({ size: file.length, verified: true });
	expect(file.equals((await backend.read("files/a")) ?? Buffer.alloc(0))).toBe(true);
	return storage.faults?.log.filter(({ operation }) => operation === "UploadPart") ?? [];
}

test("parts go to every host name of the bucket", async () => {
	expect(await upload(false)).toHaveLength(12);
});

test("a host name that dies is left, and its parts go to the other one", async () => {
	const requests = await upload(true);
	const stored = requests.filter(({ status }) => status === 200);
	expect(new Set(stored.map(({ partNumber }) => partNumber)).size).toBe(12);
	expect(requests.filter(({ fault }) => fault !== undefined)).toHaveLength(1);
});
