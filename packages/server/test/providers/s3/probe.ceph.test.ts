import {
	CreateBucketCommand,
	PutBucketCorsCommand,
	PutBucketPolicyCommand,
	PutObjectCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { startFaultProxy, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCeph } from "../../../../../tools/start-ceph.js";
import { givenServers } from "../../../../testing/test/conformance/servers.js";
import { type S3ProviderOptions, s3Provider } from "../../../src/providers/s3/index.js";

type Server = Pick<
	Awaited<ReturnType<typeof startS3Server>>,
	"endpoint" | "region" | "bucket" | "accessKeyId" | "secretAccessKey" | "close"
>;
const servers: Server[] = [];
const start = async (
	compatibility: "aws" | "ceph" | "minio" | "r2" | "unknown" | "b2",
	objectLock = false,
) => {
	servers.push(await startS3Server({ compatibility, objectLock }));
	return servers.at(-1) as Server;
};
let ceph: Server;
beforeAll(async () => {
	const started = await startCeph();
	if (!started) throw new Error("Ceph is not installed");
	servers.push(started);
	ceph = started;
});
afterAll(() => Promise.all(servers.map((server) => server.close())));

interface ProbedOptions extends Pick<S3ProviderOptions, "hosts" | "capabilities"> {
	readonly origin?: string;
}

/** What a probe corrects where nothing, or a service, is taken for granted. */
async function probe(
	server: Server,
	compatibility: S3ProviderOptions["compatibility"],
	{ origin, ...others }: ProbedOptions = {},
) {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const names = { endpoint, forcePathStyle: true };
	const options = { ...names, region, bucket, credentials, compatibility, ...others };
	const provider = s3Provider(options);
	const lines: string[] = [];
	const corrections = await provider.probe?.("probe/", {
		print: (line) => lines.push(line),
		questions: false,
		origin,
	});
	return { corrections, lines, options };
}

test("Ceph 16 is what its preset says, and probing it prints nothing to correct", async () => {
	const { corrections, lines } = await probe(ceph, "ceph");
	expect(corrections).toEqual({});
	expect(lines).toEqual([
		expect.stringMatching(/^clock: -?\d s ahead/),
		'cors: not tried; pass { origin: "https://app.example.com" }',
		"capabilities: {}",
	]);
});

test.each(await givenServers())(
	"$name is what was measured, and probing it prints nothing to correct",
	async ({ options: { compatibility, capabilities }, ...server }) => {
		const { corrections } = await probe(server, compatibility, { capabilities });
		expect(corrections).toEqual({});
	},
);

test("Ceph 16 that was taken for AWS is found out, with the block to paste", async () => {
	const { corrections, lines, options } = await probe(ceph, "aws");
	expect(corrections).toMatchObject({
		createOnly: { multipart: "none" },
		checksums: { single: ["md5"], object: [] },
		unsignedHeaders: "accepted",
		copy: { createOnly: false, pinned: false },
		conditionalDelete: false,
	});
	// the questions come after it
	expect(lines.join()).toContain('"unsignedHeaders": "accepted"');
	const corrected = s3Provider({ ...options, capabilities: corrections });
	expect(corrected.capabilities.createOnly).toEqual({ single: "enforced", multipart: "none" });
});

test("a bucket with two host names is probed as one with one", async () => {
	const server = await start("aws");
	const hosts = [server.endpoint.replace("127.0.0.1", "localhost")];
	const { corrections } = await probe(server, "aws", { hosts });
	expect(corrections).toEqual({});
});

test("an unknown service that does all that AWS does gains every capability", async () => {
	const { corrections } = await probe(await start("aws"), "unknown");
	expect(corrections).toMatchObject({
		createOnly: { single: "enforced", multipart: "at-complete" },
		checksums: { single: ["crc32", "sha256", "md5"], part: ["md5"], object: ["crc32"] },
		enforce: { totalSize: "at-complete" },
		unsignedHeaders: "refused",
		copy: { createOnly: true, pinned: true },
		conditionalDelete: true,
	});
});

test("services that lie by silence, or refuse, are found out", async () => {
	const silent = await probe(await start("unknown"), "aws");
	expect(silent.corrections).toMatchObject({
		createOnly: { single: "none", multipart: "none" },
		checksums: { single: [], part: [], object: [] },
		unsignedHeaders: "accepted",
	});
	const r2 = await probe(await start("r2"), "aws");
	expect(r2.corrections).toMatchObject({ multipart: { equalParts: true } });
	const minio = await probe(await start("minio"), "aws");
	expect(minio.corrections).toMatchObject({ checksums: { object: [] } });
	const b2 = await probe(await start("b2"), "aws");
	expect(b2.corrections).toMatchObject({ createOnly: { single: "none" } });
});

test("a probe leaves nothing behind, and ends where an ordinary upload is refused", async () => {
	const server = await start("aws");
	await probe(server, "aws");
	const wrong = { ...server, secretAccessKey: "not the secret" };
	await expect(probe(wrong, "aws")).rejects.toMatchObject({ code: "storage-error" });
});

test("a bucket with Object Lock is found to require digests, and loses no other capability", async () => {
	const server = await start("aws", true);
	const { corrections, options } = await probe(server, "aws");
	expect(corrections).toEqual({ checksums: { required: true } });
	const corrected = s3Provider({ ...options, capabilities: corrections });
	expect(await corrected.probe?.("probe/", { print: () => undefined })).toEqual({});
});

test("what a role may not do is not corrected, and all else is tried", async () => {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	const statement = {
		Effect: "Deny",
		Principal: { AWS: ["arn:aws:iam:::user/tester"] },
		Action: ["s3:DeleteObject"],
		Resource: [`arn:aws:s3:::${bucket}/*`],
	};
	const Policy = JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
	await s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
	const { corrections } = await probe(ceph, "aws");
	s3.destroy();
	expect(corrections).toMatchObject({ createOnly: { multipart: "none" }, copy: { pinned: false } });
	expect(corrections).not.toHaveProperty("conditionalDelete");
});

test("a storage that lists no parts loses that capability alone", async () => {
	const server = await start("aws");
	const proxy = await startFaultProxy({ target: server.endpoint });
	const effect = {
		kind: "respond",
		when: "after-body",
		status: 501,
		code: "NotImplemented",
	} as const;
	proxy.rules.push({ fault: { name: "no-list", effect }, operation: "ListParts" });
	const { corrections } = await probe({ ...server, endpoint: proxy.endpoint }, "aws");
	await proxy.close();
	expect(corrections).toEqual({ multipart: { listParts: false } });
});

test("a storage where a late part changes the object is found out", async () => {
	const server = await start("aws");
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	const run = async (url: string): Promise<void> => {
		const Key = decodeURIComponent(new URL(url, endpoint).pathname.slice(bucket.length + 2));
		await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: "other" }));
	};
	const proxy = await startFaultProxy({ target: endpoint });
	proxy.rules.push({
		fault: { name: "late", effect: { kind: "run-first", run } },
		operation: "UploadPart",
		path: /-reached$/,
		nth: 2,
	});
	const { corrections } = await probe({ ...server, endpoint: proxy.endpoint }, "aws");
	await proxy.close();
	s3.destroy();
	expect(corrections).toEqual({ partUrl: "object" });
});

test("a storage that compares another etag of objects in parts pins no copies", async () => {
	const server = await start("aws");
	const proxy = await startFaultProxy({ target: server.endpoint });
	const effect = {
		kind: "respond",
		when: "after-body",
		status: 412,
		code: "PreconditionFailed",
	} as const;
	const fault = { name: "other-etag", effect } as const;
	proxy.rules.push({ fault, operation: "CopyObject", path: /-of-parts$/ });
	const { corrections } = await probe({ ...server, endpoint: proxy.endpoint }, "aws");
	await proxy.close();
	expect(corrections).toEqual({ copy: { pinned: false } });
});

test("what a page may do is tried by its preflight, and told beside the block", async () => {
	const origin = "https://app.example.com";
	const { endpoint, region, accessKeyId, secretAccessKey } = ceph;
	const bucket = `with-cors-${crypto.randomUUID()}`;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	await s3.send(new CreateBucketCommand({ Bucket: bucket }));
	const tell = async (): Promise<string | undefined> =>
		(await probe({ ...ceph, bucket }, "ceph", { origin })).lines[1];
	const allow = async (AllowedHeaders: string[], ExposeHeaders: string[]): Promise<void> => {
		const rule = { AllowedMethods: ["PUT"], AllowedOrigins: [origin] };
		const CORSRules = [{ ...rule, AllowedHeaders, ExposeHeaders }];
		const CORSConfiguration = { CORSRules };
		await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration }));
	};
	expect(await tell()).toBe(
		`cors: pages of ${origin} cannot upload: the preflight got status 403; its rule does not allow this origin; its rule does not allow PUT; its rule does not allow the headers cache-control, content-md5, content-type, if-none-match, x-amz-meta-skyput-upload`,
	);
	await allow(["*"], ["ETag"]);
	expect(await tell()).toBe(`cors: pages of ${origin} can upload`);
	await allow(["*"], []);
	expect(await tell()).toMatch(/can upload, and ask the server .* does not expose ETag$/);
	s3.destroy();
});
