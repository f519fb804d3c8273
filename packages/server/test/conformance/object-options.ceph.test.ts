import {
	CreateBucketCommand,
	GetObjectTaggingCommand,
	HeadObjectCommand,
	PutBucketPolicyCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";
import type { ObjectSpec } from "../../src/object-spec.js";
import { s3Provider } from "../../src/providers/s3/index.js";

// Tags, ACLs and encryption of a rule on Ceph 16, and what its bucket policies look at. kmsKeyId "test-key" is
// a key in the configuration of this Ceph (tools/ceph-s3.sh).

let ceph: Ceph;
let s3: S3Client;
beforeAll(async () => {
	const started = await startCeph();
	if (!started) throw new Error("Ceph is not installed");
	ceph = started;
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials });
});
afterAll(async () => {
	s3?.destroy();
	await ceph?.close();
});

type Spec = Omit<ObjectSpec, "size">;

function providerOf(bucket: string) {
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	return s3Provider({
		endpoint,
		region,
		bucket,
		forcePathStyle: true,
		credentials: { accessKeyId, secretAccessKey },
		compatibility: "ceph",
		capabilities: { objectOptions: { tags: true, acl: true, aes256: true, kms: true } },
	});
}

const preset = () =>
	s3Provider({ bucket: "a-bucket", endpoint: "https://rgw.example", compatibility: "ceph" });

/** Stores an object by a signed URL, perhaps without some of its headers; the status. */
async function store(bucket: string, spec: Spec, dropped?: string): Promise<number> {
	const options = { expiresIn: 300, createOnly: false };
	const { url, headers } = await providerOf(bucket).signUpload({ ...spec, size: 2 }, options);
	const sent = Object.entries(headers).filter(
		([name]) => dropped === undefined || !name.startsWith(dropped),
	);
	return (await fetch(url, { method: "PUT", headers: Object.fromEntries(sent), body: "ab" }))
		.status;
}

/** Stores an object in one part. */
async function storeParts(bucket: string, options: Spec): Promise<void> {
	const provider = providerOf(bucket);
	const spec = { ...options, size: 2 };
	const ref = await provider.createMultipart(spec, { createOnly: false });
	const range = { first: 1, count: 1, partSize: 2 };
	const { urls, values } = await provider.signParts(ref, range, { expiresIn: 300 });
	const url = (urls[0] ?? "").replace("{partNumber}", "1").replace("{value}", values[0] ?? "");
	expect((await fetch(url, { method: "PUT", body: "ab" })).status).toBe(200);
	const parts = (await provider.listParts(ref, {})).parts.map(({ partNumber, receipt = "" }) => ({
		partNumber,
		receipt,
	}));
	await provider.completeMultipart(ref, parts, { spec, createOnly: false });
}

const publicStatus = async (key: string): Promise<number> =>
	(await fetch(`${ceph.endpoint}/${ceph.bucket}/${key}`)).status;

const encryptionOf = async (Key: string) => {
	const head = await s3.send(new HeadObjectCommand({ Bucket: ceph.bucket, Key }));
	return [head.ServerSideEncryption, head.SSEKMSKeyId];
};

test("an acl is applied to single uploads and to parts, and cannot be dropped", async () => {
	const { bucket } = ceph;
	for (const [acl, status] of [
		["public-read", 200],
		["private", 403],
	] as const) {
		expect(await store(bucket, { key: `acl/${acl}`, acl })).toBe(200);
		await storeParts(bucket, { key: `acl/${acl}-parts`, acl });
		expect(await publicStatus(`acl/${acl}`)).toBe(status);
		expect(await publicStatus(`acl/${acl}-parts`)).toBe(status);
		expect(await store(bucket, { key: "acl/dropped", acl }, "x-amz-acl")).toBe(403);
	}
});

test("tags are stored with single uploads and cannot be dropped; Ceph 16 loses those of parts, so the preset claims none", async () => {
	const { bucket } = ceph;
	const tags = { owner: "a b", team: "x/y" };
	const tagsOf = async (Key: string) => {
		const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key }));
		return Object.fromEntries((TagSet ?? []).map((tag) => [tag.Key, tag.Value]));
	};
	expect(await store(bucket, { key: "tags/single", tags })).toBe(200);
	expect(await tagsOf("tags/single")).toEqual(tags);
	expect(await store(bucket, { key: "tags/dropped", tags }, "x-amz-tagging")).toBe(403);
	await storeParts(bucket, { key: "tags/parts", tags });
	expect(await tagsOf("tags/parts")).toEqual({});
	expect(preset().capabilities.objectOptions?.tags).toBe(false);
});

test("a KMS key encrypts single uploads and parts, and cannot be dropped; an unknown key is refused", async () => {
	const { bucket } = ceph;
	const encryption = { kmsKeyId: "test-key" };
	expect(await store(bucket, { key: "kms/single", encryption })).toBe(200);
	await storeParts(bucket, { key: "kms/parts", encryption });
	for (const key of ["kms/single", "kms/parts"]) {
		expect(await encryptionOf(key)).toEqual(["aws:kms", "test-key"]);
	}
	const header = "x-amz-server-side-encryption";
	expect(await store(bucket, { key: "kms/dropped", encryption }, header)).toBe(403);
	const unknown = { kmsKeyId: "no-such-key" };
	expect(await store(bucket, { key: "kms/unknown", encryption: unknown })).toBe(403);
});

test("Ceph 16 takes aes256 and encrypts nothing, so the preset does not claim it", async () => {
	const { bucket } = ceph;
	expect(await store(bucket, { key: "aes256", encryption: "aes256" })).toBe(200);
	expect(await encryptionOf("aes256")).toEqual([undefined, undefined]);
	expect(preset().capabilities.objectOptions?.aes256).toBe(false);
});

/** A bucket whose policy denies writes under a condition. */
async function bucketThatDenies(bucket: string, Condition: object): Promise<string> {
	await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	const statement = {
		Effect: "Deny",
		Principal: "*",
		Action: ["s3:PutObject"],
		Resource: [`arn:aws:s3:::${bucket}/*`],
		Condition,
	};
	const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
	await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
	return bucket;
}

test("a bucket policy can demand KMS, a tag's value and an acl of what is uploaded", async () => {
	const encryption = { kmsKeyId: "test-key" };
	const kms = await bucketThatDenies("demands-kms", {
		Null: { "s3:x-amz-server-side-encryption": "true" },
	});
	expect(await store(kms, { key: "plain" })).toBe(403);
	await expect(storeParts(kms, { key: "plain-parts" })).rejects.toMatchObject({
		code: "forbidden",
	});
	expect(await store(kms, { key: "encrypted", encryption })).toBe(200);

	const tagged = await bucketThatDenies("demands-tag", {
		StringNotEquals: { "s3:RequestObjectTag/owner": "a" },
	});
	expect(await store(tagged, { key: "other", tags: { owner: "b" } })).toBe(403);
	expect(await store(tagged, { key: "own", tags: { owner: "a" } })).toBe(200);
	// a condition on a tag that is not sent does not hold
	expect(await store(tagged, { key: "none" })).toBe(200);

	const acl = await bucketThatDenies("demands-acl", {
		StringNotEquals: { "s3:x-amz-acl": "bucket-owner-full-control" },
	});
	expect(await store(acl, { key: "none" })).toBe(403);
	expect(await store(acl, { key: "other", acl: "public-read" })).toBe(403);
	expect(await store(acl, { key: "own", acl: "bucket-owner-full-control" })).toBe(200);
});

test("over http, Ceph 16 knows no aws:SecureTransport: only its absence can be denied", async () => {
	const usual = await bucketThatDenies("denies-insecure", {
		Bool: { "aws:SecureTransport": "false" },
	});
	expect(await store(usual, { key: "a" })).toBe(200);
	const absent = await bucketThatDenies("denies-absent", {
		Null: { "aws:SecureTransport": "true" },
	});
	expect(await store(absent, { key: "a" })).toBe(403);
});

test("Ceph 16 ignores s3:signatureAge, and s3:if-none-match is never there", async () => {
	const age = await bucketThatDenies("denies-age", {
		NumericGreaterThan: { "s3:signatureAge": 0 },
	});
	expect(await store(age, { key: "a" })).toBe(200);
	const condition = await bucketThatDenies("demands-condition", {
		Null: { "s3:if-none-match": "true" },
	});
	const options = { expiresIn: 300, createOnly: true };
	const spec = { key: "a", size: 2 };
	const { url, headers } = await providerOf(condition).signUpload(spec, options);
	expect(headers).toHaveProperty("if-none-match");
	expect((await fetch(url, { method: "PUT", headers, body: "ab" })).status).toBe(403);
});
