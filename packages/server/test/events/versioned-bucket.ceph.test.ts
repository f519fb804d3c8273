import {
	type BucketVersioningStatus,
	ListObjectVersionsCommand,
	PutBucketVersioningCommand,
	S3Client,
} from "@aws-sdk/client-s3";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";
import { UploadError } from "../../src/errors.js";
import { abortStale } from "../../src/events/abort-stale.js";
import type { ObjectHandlerResult } from "../../src/events/create-object-handler.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";
import { afterUploadCases } from "../support/after-upload-cases.js";
import { silentLog } from "../support/call.js";

let ceph: Ceph | undefined;
let provider: PresignProvider;
let s3: S3Client;

beforeAll(async () => {
	ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, forcePathStyle: true };
	s3 = new S3Client(options);
	provider = s3Provider({
		...options,
		bucket,
		compatibility: "ceph",
		unsignedHeaders: "accepted",
	});
});
afterAll(async () => {
	s3.destroy();
	await ceph?.close();
});

const uploads = defineUploads({
	"direct/*path": {
		authorize: "public",
		key: () => `direct/${crypto.randomUUID()}`,
		onComplete: ({ reject }) => reject("refused"),
	},
	"made/*path": {
		authorize: "public",
		quarantine: true,
		maxSize: "1 MB",
		key: () => `made/${crypto.randomUUID()}`,
		onComplete: ({ size, reject }) => {
			if (size === 7) reject("refused");
		},
	},
});

const setVersioning = (Status: BucketVersioningStatus) =>
	s3.send(
		new PutBucketVersioningCommand({
			Bucket: provider.bucket,
			VersioningConfiguration: { Status },
		}),
	);

/** What is left of a key: its versions, and its delete markers. */
async function leftOf(key: string) {
	const list = new ListObjectVersionsCommand({ Bucket: provider.bucket, Prefix: key });
	const { Versions = [], DeleteMarkers = [] } = await s3.send(list);
	return { versions: Versions.length, markers: DeleteMarkers.length };
}

describe.each(["Enabled", "Suspended"] as const)("in a bucket with versioning %s", (status) => {
	beforeEach(async () => {
		// suspended is what follows enabled
		await setVersioning("Enabled");
		await setVersioning(status);
	});

	afterUploadCases(() => provider);

	// a marker takes the place of the version that a suspended bucket has
	const removed = { versions: 0, markers: status === "Suspended" ? 1 : 0 };

	test("what was rejected stays in no version, once it may be deleted", async () => {
		const server = afterUpload({ uploads, provider, outcomes: undefined });
		const good = await server.upload("made/good", "good");
		const bad = await server.upload("made/bad", "BAD");
		await server.handler([good.event, bad.event]);
		expect(await server.status(good.token)).toEqual({ state: "available" });
		expect(await server.status(bad.token)).toEqual({ state: "rejected", reason: "bad" });
		const now = () => Date.now() + 86_400_000;
		const { failed } = await abortStale({ provider, rejected: "delete", now, log: silentLog() });
		expect(failed).toBe(0);
		for (const { event } of [good, bad]) {
			expect(await provider.head(event.key)).toBeNull();
			expect(await leftOf(event.key)).toEqual(removed);
		}
		expect((await leftOf(".skyput/scanning/")).versions).toBe(0);
	});

	test("where versions may not be deleted, a marker hides what was rejected, and the log says so", async () => {
		const careful: PresignProvider = {
			...provider,
			delete: async (key, options) => {
				if (options?.version !== undefined) throw new UploadError("forbidden", "Not allowed.");
				return provider.delete(key, options);
			},
		};
		const server = afterUpload({ uploads, provider: careful, outcomes: undefined });
		const { token, event } = await server.upload("made/refused", "refused");
		const { outcomes } = (await server.handler(event)) as ObjectHandlerResult;
		expect(outcomes).toMatchObject([{ state: "rejected", reason: "refused" }]);
		expect(await server.status(token)).toMatchObject({ state: "rejected", reason: "refused" });
		const key = outcomes[0]?.key ?? "";
		expect(await provider.head(key)).toBeNull();
		const isKept = status === "Enabled";
		expect(await leftOf(key)).toEqual({ versions: isKept ? 1 : 0, markers: 1 });
		const kept = expect.stringContaining("Allow s3:DeleteObjectVersion");
		expect(server.log.lines.map(({ reason }) => reason)).toEqual(isKept ? [kept] : []);
	});

	test("what onComplete rejects without quarantine stays in no version", async () => {
		const server = afterUpload({ uploads, provider, outcomes: undefined });
		const single = await server.upload("direct/single", "refused");
		expect(await server.complete(single.token)).toMatchObject({ status: 422 });
		// completed there
		const parts = await server.upload("direct/parts", "refused", { multipart: true });
		for (const { key } of [single, parts]) {
			expect(await provider.head(key)).toBeNull();
			expect(await leftOf(key)).toEqual(removed);
		}
	});

	test("a copy that onComplete rejects stays in no version", async () => {
		const server = afterUpload({ uploads, provider, outcomes: undefined });
		const { event } = await server.upload("made/refused", "refused");
		const { outcomes } = (await server.handler(event)) as ObjectHandlerResult;
		expect(outcomes).toMatchObject([{ state: "rejected", reason: "refused" }]);
		expect(await leftOf(outcomes[0]?.key ?? "")).toEqual(removed);
	});
});
