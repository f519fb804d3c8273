import { createHash } from "node:crypto";
import {
	CreateBucketCommand,
	GetObjectCommand,
	HeadObjectCommand,
	PutBucketPolicyCommand,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { startCeph } from "../../../../tools/start-ceph.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { checkProvider } from "../../src/uploads/check-provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";

// What a stranger with one upload URL can do by headers that nobody signed, with material that exists.

interface Storage {
	readonly name: string;
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	close(): Promise<void>;
}

let storages: readonly Storage[] = [];
beforeAll(async () => {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	const simulated = await startS3Server({ compatibility: "ceph" });
	storages = [
		{ ...ceph, name: "Ceph" },
		{ ...simulated, name: "startS3Server" },
	];
});
afterAll(() => Promise.all(storages.map((storage) => storage.close())));

/** A storage with a secret object, and a URL for another key. */
async function prepared(storage: Storage, bucket = storage.bucket) {
	const { endpoint, region, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, forcePathStyle: true };
	const s3 = new S3Client(options);
	if (bucket !== storage.bucket) await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	const put = { Bucket: bucket, Key: "private/secret", Body: "the secret" };
	await s3.send(new PutObjectCommand(put));
	const provider = s3Provider({ ...options, bucket, compatibility: "ceph" });
	/** PUTs to a fresh signed URL with more headers, and tells what can be read afterwards. */
	const attack = async (key: string, headers: Readonly<Record<string, string>>) => {
		const spec = { key, size: null };
		const { url } = await provider.signUpload(spec, { expiresIn: 300, createOnly: false });
		const { status } = await fetch(url, { method: "PUT", headers, body: "" });
		const publicly = await fetch(`${endpoint}/${bucket}/${key}`);
		await publicly.body?.cancel();
		const stored = await s3
			.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
			.then(({ Body }) => Body?.transformToString())
			.catch(() => null);
		return { status, stored, isPublic: publicly.status === 200 };
	};
	return { s3, provider, attack };
}

const copy = (bucket: string) => ({ "x-amz-copy-source": `/${bucket}/private/secret` });

test("without a policy, an unsigned copy source reads any object", async () => {
	for (const storage of storages) {
		const { attack } = await prepared(storage);
		expect([storage.name, await attack("mine/a", copy(storage.bucket))]).toEqual([
			storage.name,
			{ status: 200, stored: "the secret", isPublic: false },
		]);
	}
});

test("so a handler refuses such a storage until the operator has said what is to be done", () => {
	const uploads = defineUploads({ "a/*n": { authorize: "public", overwrite: true } });
	const options = { bucket: "uploads", endpoint: "https://s3.example" } as const;
	const check = (extra: object) =>
		checkProvider(uploads, s3Provider({ ...options, ...extra }), { post: true });
	for (const compatibility of ["ceph", "minio", "unknown", "b2"]) {
		expect(() => check({ compatibility })).toThrow(/x-amz-\* headers that nobody signed/);
		expect(() => check({ compatibility, unsignedHeaders: "accepted" })).not.toThrow();
		expect(() => check({ compatibility, unsignedHeaders: "denied-by-policy" })).not.toThrow();
		expect(() =>
			check({ compatibility, capabilities: { unsignedHeaders: "refused" } }),
		).not.toThrow();
	}
	expect(() => check({ compatibility: "aws" })).not.toThrow();
	expect(() => check({ unsignedHeaders: "denied" })).toThrow(
		'unsignedHeaders: must be "accepted" or "denied-by-policy"',
	);
	expect(() => check({ capabilities: { unsignedHeaders: "no" } })).toThrow(
		'capabilities.unsignedHeaders: must be "refused" or "accepted"',
	);
});

test("with the policy that the error prints, Ceph refuses to copy and to publish, and stores ordinary uploads", async () => {
	const [ceph] = storages;
	if (!ceph) throw new Error("Ceph is not there");
	const bucket = "with-policy";
	const { s3, provider, attack } = await prepared(ceph, bucket);
	const uploads = defineUploads({ "a/*n": { authorize: "public", overwrite: true } });
	let message = "";
	try {
		checkProvider(uploads, provider, { post: true });
	} catch (error) {
		message = (error as Error).message;
	}
	const Statement = JSON.parse(
		message
			.slice(message.indexOf("[{"))
			.replaceAll("THE_ARN_OF_THE_USER_WHOSE_KEYS_SIGN", "arn:aws:iam:::user/tester"),
	);
	const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
	await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
	/** PUTs so many bytes to the URL of a part, and tells what is stored. */
	const putPart = async (size: number, headers: Readonly<Record<string, string>>) => {
		const spec = { key: `mine/parts of ${size}`, size };
		const ref = await provider.createMultipart(spec, { createOnly: false });
		const range = { first: 1, count: 1, partSize: size };
		const { urls, values } = await provider.signParts(ref, range, { expiresIn: 300 });
		const url = `${urls[0]}`.replace("{partNumber}", "1").replace("{value}", `${values[0]}`);
		const { status } = await fetch(url, { method: "PUT", headers, body: "a".repeat(size) });
		const [stored] = (await provider.listParts(ref, {})).parts;
		return { status, stored: stored?.size };
	};
	// Ceph does not see the copy there: the length that is signed keeps it off, which is never 0
	for (const size of [1, "the secret".length]) {
		expect(await putPart(size, copy(bucket))).toEqual({ status: 400, stored: undefined });
	}
	expect(await putPart(0, copy(bucket))).toEqual({ status: 200, stored: "the secret".length });
	for (const headers of [
		copy(bucket),
		{ "x-amz-acl": "public-read" },
		{ "x-amz-acl": "public-read-write" },
		{ "x-amz-acl": "authenticated-read" },
		{ "x-amz-grant-read": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
		{ "x-amz-grant-full-control": 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' },
		{ ...copy(bucket), "x-amz-metadata-directive": "REPLACE", "x-amz-acl": "public-read" },
	]) {
		expect([headers, await attack(`mine/${Object.keys(headers)}`, headers)]).toEqual([
			headers,
			{ status: 403, stored: null, isPublic: false },
		]);
	}
	expect(await attack("mine/ordinary", {})).toEqual({ status: 200, stored: "", isPublic: false });
	const ref = await provider.createMultipart({ key: "mine/parts", size: 5 }, { createOnly: false });
	const range = { first: 1, count: 1, partSize: 5 };
	const window = await provider.signParts(ref, range, { expiresIn: 300 });
	const url = (window.urls[0] ?? "")
		.replace("{partNumber}", "1")
		.replace("{value}", window.values[0] ?? "");
	const part = await fetch(url, { method: "PUT", body: "hello" });
	expect(part.status).toBe(200);
	const [receipt = ""] = (await provider.listParts(ref, {})).parts.map((p) => p.receipt);
	const done = await provider.completeMultipart(ref, [{ partNumber: 1, receipt }], {
		spec: { key: ref.key, size: 5 },
		createOnly: false,
	});
	expect(done.size).toBe(5);
});

test("in a bucket of Ceph with Object Lock, denying the rights to lock does not keep the holder of a URL from it", async () => {
	const [ceph] = storages;
	if (!ceph) throw new Error("Ceph is not there");
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } };
	const s3 = new S3Client({ ...options, forcePathStyle: true });
	onTestFinished(() => s3.destroy());
	const checksum = { algorithm: "md5", value: createHash("md5").digest("base64") } as const;
	for (const isLockable of [true, false]) {
		const Bucket = `lockable-${isLockable}`;
		const create = { Bucket, ObjectLockEnabledForBucket: isLockable };
		await s3.send(new CreateBucketCommand(create));
		const statement = {
			Effect: "Deny",
			Principal: { AWS: ["arn:aws:iam:::user/tester"] },
			Action: ["s3:PutObjectLegalHold", "s3:PutObjectRetention"],
			Resource: [`arn:aws:s3:::${Bucket}/*`],
		};
		const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
		await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
		const service = { compatibility: "ceph", bucket: Bucket, forcePathStyle: true } as const;
		const { url, headers } = await s3Provider({ ...options, ...service }).signUpload(
			{ key: "mine/a", size: 0 },
			{ expiresIn: 300, createOnly: false, checksum },
		);
		const hold = { ...headers, "x-amz-object-lock-legal-hold": "ON" };
		const { status } = await fetch(url, { method: "PUT", headers: hold, body: "" });
		const stored = await s3.send(new HeadObjectCommand({ Bucket, Key: "mine/a" })).then(
			({ ObjectLockLegalHoldStatus }) => ObjectLockLegalHoldStatus,
			() => null,
		);
		expect({ isLockable, status, stored }).toEqual(
			isLockable
				? { isLockable, status: 200, stored: "ON" }
				: { isLockable, status: 400, stored: null },
		);
	}
});
