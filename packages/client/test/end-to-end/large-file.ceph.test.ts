import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetObjectCommand, ListMultipartUploadsCommand, S3Client } from "@aws-sdk/client-s3";
import { createClient } from "@skyput/client";
import { fromPath } from "@skyput/client/node";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";

// The main job against a storage that is not ours: real multipart uploads from a file on disk.

const uploads = defineUploads({
	"videos/:user/*path": {
		authorize: "public",
		// Ceph 16 cannot refuse to overwrite in multipart uploads, so the server makes the keys
		key: ({ params }) => `videos/${params.user}/${crypto.randomUUID()}`,
		onComplete: ({ size, params }) => ({ size, user: params.user }),
	},
});

let ceph: Ceph;
let s3: S3Client;
let folder: string;
let backend: Backend;

beforeAll(async () => {
	const started = await startCeph();
	if (!started) throw new Error("Ceph is not installed");
	ceph = started;
	const { accessKeyId, secretAccessKey, endpoint, region } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
	backend = await startBackend({ uploads, storage: { ...ceph, compatibility: "ceph" } });
	folder = await mkdtemp(join(tmpdir(), "skyput-ceph-file-"));
});
afterAll(async () => {
	s3.destroy();
	await backend.close();
	await ceph.close();
	await rm(folder, { recursive: true });
});

/** Writes random bytes; returns their digest. */
async function makeFile(path: string, size: number): Promise<string> {
	const hash = createHash("sha256");
	const file = await open(path, "w");
	for (let left = size; left > 0; ) {
		const chunk = randomBytes(Math.min(left, 4_000_000));
		hash.update(chunk);
		await file.write(chunk);
		left -= chunk.length;
	}
	await file.close();
	return hash.digest("hex");
}

async function digestOf(key: string): Promise<string> {
	const { Body } = await s3.send(new GetObjectCommand({ Bucket: ceph.bucket, Key: key }));
	const hash = createHash("sha256");
	// in Node the SDK's body is a readable stream
	for await (const chunk of Body as AsyncIterable<Uint8Array>) hash.update(chunk);
	return hash.digest("hex");
}

test("a file of 150 MB goes to Ceph in parts and comes back byte for byte", async () => {
	const path = join(folder, "film.mp4");
	const digest = await makeFile(path, 150_000_000);
	const client = createClient<typeof uploads>({ endpoint: backend.endpoint });
	const seen: number[] = [];
	const result = await client.uploadFile(fromPath(path), "videos/7/film.mp4", {
		onProgress: ({ loaded }) => seen.push(loaded),
	});
	expect(result).toMatchObject({ size: 150_000_000, data: { size: 150_000_000, user: "7" } });
	expect(result.key).toMatch(/^videos\/7\/[0-9a-f-]{36}$/);
	expect(await digestOf(result.key)).toBe(digest);
	expect(seen).toEqual(seen.toSorted((a, b) => a - b));
	expect(seen.at(-1)).toBe(150_000_000);
});

test("an aborted upload leaves no parts behind", async () => {
	const path = join(folder, "aborted.mp4");
	await makeFile(path, 150_000_000);
	const client = createClient<typeof uploads>({ endpoint: backend.endpoint });
	const upload = client.uploadFile(fromPath(path), "videos/7/aborted.mp4", {
		onProgress: ({ loaded }) => {
			if (loaded > 40_000_000) upload.abort();
		},
	});
	await expect(upload).rejects.toMatchObject({ code: "aborted" });
	// the rejection waits a moment for the server to forget it, and no longer
	await vi.waitFor(
		async () => {
			const list = new ListMultipartUploadsCommand({ Bucket: ceph.bucket });
			expect((await s3.send(list)).Uploads ?? []).toEqual([]);
		},
		{ timeout: 240_000, interval: 100 },
	);
});
