import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
	AbortMultipartUploadCommand,
	CompleteMultipartUploadCommand,
	CreateMultipartUploadCommand,
	DeleteObjectCommand,
	DeleteObjectsCommand,
	GetBucketCorsCommand,
	GetObjectCommand,
	GetObjectTaggingCommand,
	HeadBucketCommand,
	HeadObjectCommand,
	ListBucketsCommand,
	ListMultipartUploadsCommand,
	ListObjectsV2Command,
	ListPartsCommand,
	PutObjectCommand,
	PutObjectTaggingCommand,
	S3Client,
	UploadPartCommand,
} from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalStorage, startStorage } from "../../src/testing/index.js";

let storage: LocalStorage;
let client: S3Client;
let Bucket: string;

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: LocalStorage): S3Client =>
	new S3Client({
		endpoint,
		region,
		forcePathStyle: true,
		credentials: { accessKeyId, secretAccessKey },
	});

beforeAll(async () => {
	storage = await startStorage();
	client = clientOf(storage);
	Bucket = storage.bucket;
});

afterAll(() => storage.close());

const mebibyte = 1024 * 1024;

/** Sends with node:http, to which a header such as Expect or Host is a header like any other. */
async function send(
	url: string,
	options: { readonly method: string; readonly headers?: Record<string, string> },
	body?: Buffer,
): Promise<{ readonly status: number; readonly continued: boolean; readonly connection: string }> {
	let continued = false;
	const request = httpRequest(url, { ...options, agent: false });
	request.on("continue", () => {
		continued = true;
		request.end(body);
	});
	if (options.headers?.["expect"] === undefined) request.end(body);
	else request.flushHeaders();
	const [response] = (await once(request, "response")) as [IncomingMessage];
	response.resume();
	await once(response, "end");
	request.destroy();
	return {
		status: response.statusCode ?? 0,
		continued,
		connection: response.headers.connection ?? "",
	};
}

describe("with the AWS SDK", () => {
	test("what is stored is read back with its type, metadata, tags and checksum", async () => {
		const Key = "sdk/a b+ü(1).txt";
		await client.send(
			new PutObjectCommand({
				Bucket,
				Key,
				Body: "hello",
				ContentType: "text/plain",
				CacheControl: "no-store",
				Metadata: { owner: "alice" },
				Tagging: "colour=blue",
			}),
		);
		const got = await client.send(new GetObjectCommand({ Bucket, Key, ChecksumMode: "ENABLED" }));
		expect(await got.Body?.transformToString()).toBe("hello");
		expect(got).toMatchObject({
			ContentType: "text/plain",
			CacheControl: "no-store",
			Metadata: { owner: "alice" },
			TagCount: 1,
			ETag: `"${createHash("md5").update("hello").digest("hex")}"`,
			ChecksumCRC32: "NhCmhg==",
			ChecksumType: "FULL_OBJECT",
		});
		await client.send(
			new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: "a", Value: "b" }] } }),
		);
		const tags = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
		expect(tags.TagSet).toEqual([{ Key: "a", Value: "b" }]);
	});

	test("a stream of chunks with the checksum in the trailer is stored without its framing", async () => {
		const body = randomBytes(300_000);
		await client.send(
			new PutObjectCommand({
				Bucket,
				Key: "sdk/stream",
				Body: Readable.from([body.subarray(0, 100_000), body.subarray(100_000)]),
				ContentLength: body.length,
			}),
		);
		const got = await client.send(new GetObjectCommand({ Bucket, Key: "sdk/stream" }));
		expect(Buffer.from((await got.Body?.transformToByteArray()) ?? []).equals(body)).toBe(true);
		expect(got.ContentEncoding).toBeUndefined();
	});

	test("parts become an object with the CRC32 of the whole, and are listed page by page before", async () => {
		const Key = "sdk/parts";
		const { UploadId } = await client.send(
			new CreateMultipartUploadCommand({
				Bucket,
				Key,
				ChecksumAlgorithm: "CRC32",
				ChecksumType: "FULL_OBJECT",
			}),
		);
		const bodies = [randomBytes(5 * mebibyte), randomBytes(5 * mebibyte), randomBytes(10)];
		const Parts = [];
		for (const [index, Body] of bodies.entries()) {
			const PartNumber = index + 1;
			const sent = await client.send(
				new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }),
			);
			Parts.push({ PartNumber, ETag: sent.ETag });
		}
		const page = await client.send(new ListPartsCommand({ Bucket, Key, UploadId, MaxParts: 2 }));
		expect([page.IsTruncated, page.NextPartNumberMarker, page.Parts?.length]).toEqual([
			true,
			"2",
			2,
		]);
		const begun = await client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
		expect(begun.Uploads?.map((upload) => upload.UploadId)).toEqual([UploadId]);
		const done = await client.send(
			new CompleteMultipartUploadCommand({
				Bucket,
				Key,
				UploadId,
				MultipartUpload: { Parts },
				MpuObjectSize: 10 * mebibyte + 10,
			}),
		);
		const again = await client.send(
			new PutObjectCommand({ Bucket, Key: "sdk/whole", Body: Buffer.concat(bodies) }),
		);
		// the SDK took the CRC32 of the whole in one pass; the storage combined it from the parts
		expect(done.ChecksumCRC32).toBe(again.ChecksumCRC32);
		expect(done.ETag).toMatch(/^"[0-9a-f]{32}-3"$/);
	});

	test("a composite checksum is that of the parts' digests", async () => {
		const Key = "sdk/composite";
		const { UploadId } = await client.send(
			new CreateMultipartUploadCommand({ Bucket, Key, ChecksumAlgorithm: "SHA256" }),
		);
		const Body = Buffer.from("only part");
		const part = await client.send(
			new UploadPartCommand({
				Bucket,
				Key,
				UploadId,
				PartNumber: 1,
				Body,
				ChecksumAlgorithm: "SHA256",
			}),
		);
		const done = await client.send(
			new CompleteMultipartUploadCommand({
				Bucket,
				Key,
				UploadId,
				MultipartUpload: {
					Parts: [{ PartNumber: 1, ETag: part.ETag, ChecksumSHA256: part.ChecksumSHA256 }],
				},
			}),
		);
		const digest = createHash("sha256").update(Body).digest();
		expect(part.ChecksumSHA256).toBe(digest.toString("base64"));
		expect(done.ChecksumSHA256).toBe(`${createHash("sha256").update(digest).digest("base64")}-1`);
	});

	test("objects are listed in the order of their UTF-8 bytes and deleted together", async () => {
		// U+FF5E sorts before U+1F600 in UTF-8, and after it in UTF-16
		const keys = ["list/\u{1F600}", "list/\uFF5E", "list/a"];
		for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
		const listed = await client.send(
			new ListObjectsV2Command({ Bucket, Prefix: "list/", EncodingType: "url" }),
		);
		expect(listed.Contents?.map(({ Key }) => decodeURIComponent(Key ?? ""))).toEqual([
			"list/a",
			"list/\uFF5E",
			"list/\u{1F600}",
		]);
		const done = await client.send(
			new DeleteObjectsCommand({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } }),
		);
		expect(done.Deleted?.length).toBe(3);
		const left = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "list/" }));
		expect(left.KeyCount).toBe(0);
	});

	test("the bucket exists from the start and lets any origin in", async () => {
		await client.send(new HeadBucketCommand({ Bucket }));
		const { Buckets } = await client.send(new ListBucketsCommand({}));
		expect(Buckets?.map(({ Name }) => Name)).toContain(Bucket);
		const { CORSRules } = await client.send(new GetBucketCorsCommand({ Bucket }));
		expect(CORSRules?.[0]).toMatchObject({
			AllowedOrigins: ["*"],
			AllowedMethods: ["GET", "PUT", "POST", "HEAD"],
			AllowedHeaders: ["*"],
		});
		expect(CORSRules?.[0]?.ExposeHeaders).toContain("ETag");
	});

	test("what is not there fails by its name", async () => {
		const target = { Bucket, Key: "none" };
		const reads = client.send(new GetObjectCommand(target));
		await expect(reads).rejects.toMatchObject({ name: "NoSuchKey" });
		const looks = client.send(new HeadObjectCommand(target));
		await expect(looks).rejects.toMatchObject({ name: "NotFound" });
		const aborts = client.send(new AbortMultipartUploadCommand({ ...target, UploadId: "none" }));
		await expect(aborts).rejects.toMatchObject({ name: "NoSuchUpload" });
	});
});

describe("presigned by the SDK", () => {
	test("a PUT with signed length, type and create-only is taken once", async () => {
		const url = await getSignedUrl(
			client,
			new PutObjectCommand({
				Bucket,
				Key: "presigned/once",
				ContentLength: 5,
				ContentType: "text/plain",
				IfNoneMatch: "*",
			}),
			{ signableHeaders: new Set(["content-type"]) },
		);
		const headers = {
			"content-type": "text/plain",
			"if-none-match": "*",
			"cache-control": "no-store",
		};
		const put = (): Promise<Response> => fetch(url, { method: "PUT", headers, body: "hello" });
		expect([(await put()).status, (await put()).status]).toEqual([200, 412]);
	});

	test("a refused body is answered although it is large, and the refusal names its code", async () => {
		const command = new PutObjectCommand({ Bucket, Key: "presigned/big", ContentLength: 5 });
		const url = await getSignedUrl(client, command);
		const body = new Uint8Array(8 * mebibyte);
		const answer = await fetch(url, { method: "PUT", body });
		expect(answer.status).toBe(403);
		expect(await answer.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
	});

	test("a client that waits for 100 Continue is refused before it sends a byte", async () => {
		const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: "continue" }));
		const headers = { expect: "100-continue", "content-length": "5" };
		const good = await send(url, { method: "PUT", headers }, Buffer.from("hello"));
		expect(good).toMatchObject({ status: 200, continued: true });
		const bad = await send(`${url}0`, { method: "PUT", headers }, Buffer.from("hello"));
		expect(bad).toEqual({ status: 403, continued: false, connection: "close" });
	});

	test("a bucket in the host name is the bucket of the path", async () => {
		const virtual = new S3Client({
			endpoint: storage.endpoint.replace("127.0.0.1", "localhost"),
			region: storage.region,
			credentials: {
				accessKeyId: storage.accessKeyId,
				secretAccessKey: storage.secretAccessKey,
			},
		});
		const url = new URL(
			await getSignedUrl(virtual, new PutObjectCommand({ Bucket, Key: "virtual/host" })),
		);
		expect(url.hostname).toBe(`${Bucket}.localhost`);
		const local = `${storage.endpoint}${url.pathname}${url.search}`;
		const put = await send(local, { method: "PUT", headers: { host: url.host } }, Buffer.from("v"));
		expect(put.status).toBe(200);
		await client.send(new HeadObjectCommand({ Bucket, Key: "virtual/host" }));
	});
});

describe("with a folder", () => {
	test("bodies are files until the objects are replaced, deleted or the storage is closed", async () => {
		const root = await mkdtemp(join(tmpdir(), "skyput-storage-"));
		const dir = join(root, "made", "when-needed");
		const filed = await startStorage({ dir });
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
});

test("closing frees the port at once, also under open connections, and may be said twice", async () => {
	const short = await startStorage();
	const open = fetch(short.endpoint).then((response) => response.status);
	expect(await open).toBe(403);
	await short.close();
	await short.close();
	const again = await startStorage({ port: Number(new URL(short.endpoint).port) });
	expect(again.endpoint).toBe(short.endpoint);
	await again.close();
});
