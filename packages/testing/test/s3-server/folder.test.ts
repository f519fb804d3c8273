import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	AbortMultipartUploadCommand,
	CreateMultipartUploadCommand,
	DeleteObjectCommand,
	GetObjectCommand,
	PutObjectCommand,
	S3Client,
	UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { expect, test } from "vitest";
import { type S3Server, startS3Server } from "../../src/index.js";

const Bucket = "skyput";

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client =>
	new S3Client({
		endpoint,
		region,
		forcePathStyle: true,
		credentials: { accessKeyId, secretAccessKey },
	});

const mebibyte = 1024 * 1024;

test("bodies are files until the object is replaced or deleted, or the server is closed", async () => {
	const root = await mkdtemp(join(tmpdir(), "skyput-storage-"));
	const dir = join(root, "made", "when-needed");
	const filed = await startS3Server({ dir });
	const other = clientOf(filed);
	const count = (): number => readdirSync(dir).length;
	try {
		expect(existsSync(dir)).toBe(false);
		const first = randomBytes(3 * mebibyte);
		const Key = "filed";
		await other.send(new PutObjectCommand({ Bucket, Key, Body: first }));
		expect(count()).toBe(1);
		const got = await other.send(
			new GetObjectCommand({ Bucket, Key, Range: "bytes=1048570-1048585" }),
		);
		const range = Buffer.from((await got.Body?.transformToByteArray()) ?? []);
		expect(range.equals(first.subarray(1_048_570, 1_048_586))).toBe(true);
		// a checksum of the whole would not fit the range
		expect(got.ChecksumCRC32).toBeUndefined();
		await other.send(new PutObjectCommand({ Bucket, Key, Body: "second" }));
		expect(count()).toBe(1);
		const wrong = new PutObjectCommand({ Bucket, Key, Body: "x", ChecksumCRC32: "AAAAAA==" });
		await expect(other.send(wrong)).rejects.toMatchObject({ name: "BadDigest" });
		expect(count()).toBe(1);
		const { UploadId } = await other.send(
			new CreateMultipartUploadCommand({ Bucket, Key: "parts" }),
		);
		const part = { Bucket, Key: "parts", UploadId, PartNumber: 1 };
		for (const Body of ["a", "b"]) {
			const url = await getSignedUrl(other, new UploadPartCommand(part));
			expect((await fetch(url, { method: "PUT", body: Body })).status).toBe(200);
		}
		expect(count()).toBe(2);
		await other.send(new AbortMultipartUploadCommand({ Bucket, Key: "parts", UploadId }));
		expect(count()).toBe(1);
		await other.send(new DeleteObjectCommand({ Bucket, Key }));
		expect(count()).toBe(0);
		await other.send(new PutObjectCommand({ Bucket, Key, Body: "left" }));
	} finally {
		await filed.close();
	}
	expect(count()).toBe(0);
	await rm(root, { recursive: true });
});

test("close frees the port even with open connections, and can be repeated", async () => {
	const short = await startS3Server();
	const open = fetch(short.endpoint).then((response) => response.status);
	expect(await open).toBe(403);
	await short.close();
	await short.close();
	const again = await startS3Server({ port: Number(new URL(short.endpoint).port) });
	expect(again.endpoint).toBe(short.endpoint);
	await again.close();
});

test("zeros take no space in the folder, and are read as zeros", async () => {
	const dir = await mkdtemp(join(tmpdir(), "skyput-storage-"));
	const filed = await startS3Server({ dir });
	const client = clientOf(filed);
	try {
		const body = Buffer.concat([
			Buffer.alloc(8 * mebibyte),
			randomBytes(10),
			Buffer.alloc(mebibyte),
		]);
		await client.send(new PutObjectCommand({ Bucket, Key: "sparse", Body: body }));
		const [name = ""] = readdirSync(dir);
		expect(statSync(join(dir, name)).blocks * 512).toBeLessThan(4 * mebibyte);
		const got = await client.send(new GetObjectCommand({ Bucket, Key: "sparse" }));
		expect(body.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
	} finally {
		await filed.close();
		await rm(dir, { recursive: true });
	}
});
