import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import {
	AbortMultipartUploadCommand,
	CompleteMultipartUploadCommand,
	CreateMultipartUploadCommand,
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
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Server, startS3Server } from "../../src/index.js";

let storage: S3Server;
let client: S3Client;
let Bucket: string;

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client =>
	new S3Client({
		endpoint,
		region,
		forcePathStyle: true,
		credentials: { accessKeyId, secretAccessKey },
	});

beforeAll(async () => {
	storage = await startS3Server();
	client = clientOf(storage);
	Bucket = storage.bucket;
});

afterAll(() => storage.close());

const mebibyte = 1024 * 1024;

test("an object is read with its type, metadata, tags and checksum", async () => {
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

test("parts are listed page by page, and become an object with a full-object CRC32", async () => {
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
	expect([page.IsTruncated, page.NextPartNumberMarker, page.Parts?.length]).toEqual([true, "2", 2]);
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

test("a composite checksum is computed from the digests of the parts", async () => {
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

test("the bucket exists from the start and allows any origin", async () => {
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

test("a missing bucket, key or upload fails with its error code", async () => {
	const target = { Bucket, Key: "none" };
	const reads = client.send(new GetObjectCommand(target));
	await expect(reads).rejects.toMatchObject({ name: "NoSuchKey" });
	const looks = client.send(new HeadObjectCommand(target));
	await expect(looks).rejects.toMatchObject({ name: "NotFound" });
	const aborts = client.send(new AbortMultipartUploadCommand({ ...target, UploadId: "none" }));
	await expect(aborts).rejects.toMatchObject({ name: "NoSuchUpload" });
});
