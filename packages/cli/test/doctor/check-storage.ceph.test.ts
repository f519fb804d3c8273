import {
	CreateBucketCommand,
	ListMultipartUploadsCommand,
	ListObjectsV2Command,
	PutBucketCorsCommand,
	PutBucketLifecycleConfigurationCommand,
	PutBucketPolicyCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import { denyUnsignedHeaders, type S3ProviderOptions } from "@skyput/server/s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";
import { checkStorage } from "../../src/doctor/storage/check-storage.js";

// Buckets of a real server with policies that break uploads.

const origin = "https://app.example.com";
const user = "arn:aws:iam:::user/tester";
const uploads = defineUploads({
	"files/:name": { authorize: "public", overwrite: true, maxSize: "1 GB" },
});

let ceph: Ceph;
let s3: S3Client;
beforeAll(async () => {
	const started = await startCeph();
	if (!started) throw new Error("Ceph is not installed");
	ceph = started;
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
});
afterAll(async () => {
	s3?.destroy();
	await ceph?.close();
});

let buckets = 0;

/** A bucket that is right except for these statements, and what the doctor says of it. */
async function examine(
	statements: readonly object[],
	options: Partial<S3ProviderOptions> = {},
	days = 31,
) {
	const Bucket = `doctor-${++buckets}`;
	await s3.send(new CreateBucketCommand({ Bucket }));
	const rule = {
		AllowedOrigins: [origin],
		AllowedMethods: ["PUT"],
		AllowedHeaders: ["*"],
		ExposeHeaders: ["ETag"],
	};
	await s3.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [rule] } }));
	const abort = { DaysAfterInitiation: days };
	const Rules = [
		{
			ID: "a",
			Status: "Enabled" as const,
			Filter: { Prefix: "" },
			AbortIncompleteMultipartUpload: abort,
		},
	];
	await s3.send(
		new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }),
	);
	if (statements.length > 0) {
		const Statement = JSON.parse(JSON.stringify(statements).replaceAll("BUCKET", Bucket));
		const Policy = JSON.stringify({ Version: "2012-10-17", Statement });
		await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
	}
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const section = await checkStorage({
		origins: [origin],
		uploads,
		options: {
			bucket: Bucket,
			endpoint,
			region,
			credentials: { accessKeyId, secretAccessKey },
			compatibility: "ceph",
			unsignedHeaders: "accepted",
			...options,
		},
	});
	return { section, Bucket };
}

const deny = (action: string, extra: object = {}): object => ({
	Effect: "Deny",
	Principal: { AWS: [user] },
	Action: [action],
	Resource: ["arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"],
	...extra,
});
const unsigned = denyUnsignedHeaders(user, "arn:aws:s3:::BUCKET/*");

test("a right bucket of Ceph has no findings, and keeps neither objects nor parts", async () => {
	const { section, Bucket } = await examine([]);
	expect(section).toMatchObject({ findings: [], skipped: [], left: [] });
	const objects = await s3.send(new ListObjectsV2Command({ Bucket }));
	const parts = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
	expect([objects.Contents ?? [], parts.Uploads ?? []]).toEqual([[], []]);
});

test.each([
	["s3:PutObject"],
	["s3:ListMultipartUploadParts"],
	["s3:AbortMultipartUpload"],
	["s3:GetObject"],
])("a policy that denies %s is named, with the statement to add", async (action) => {
	const { section } = await examine([deny(action)]);
	expect(section.findings).toEqual([
		expect.objectContaining({
			code: "permission-missing",
			message: expect.stringContaining(action),
			fix: expect.stringContaining(`"Action":"${action}","Resource":["arn:aws:s3:::doctor-`),
		}),
	]);
});

test("the policy against unsigned headers is found to work, and found missing", async () => {
	const options = { unsignedHeaders: "denied-by-policy" } as const;
	expect((await examine(unsigned, options)).section.findings).toEqual([]);
	const { section } = await examine([], options);
	expect(section.findings).toEqual([
		expect.objectContaining({
			code: "unsigned-headers-accepted",
			message: expect.stringContaining("x-amz-copy-source"),
			fix: expect.stringContaining('"s3:x-amz-copy-source"'),
		}),
	]);
});

test("where deletes are denied, all else is tried, and where objects are left is named", async () => {
	const { section } = await examine([deny("s3:DeleteObject")], { compatibility: "minio" });
	expect(section.left).toEqual(["files/.skyput/probe/"]);
	expect(section.skipped).toEqual([]);
	expect(section.findings.map(({ code }) => code)).toContain("create-only-not-enforced");
});

test("a lifecycle rule of one day, and a preset that is not Ceph's, are named", async () => {
	const { section } = await examine([], { compatibility: "minio" }, 1);
	const codes = section.findings.map(({ code }) => code);
	expect(codes).toContain("lifecycle-too-short");
	expect(codes).toContain("create-only-not-enforced");
	expect(codes).toContain("checksum-not-verified");
});
