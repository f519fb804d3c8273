import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";
import { memoryOutcomes } from "../../src/outcomes.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { afterUpload } from "../support/after-upload.js";
import { afterUploadCases } from "../support/after-upload-cases.js";

// Ceph 16 ignores the conditions of copies: keys are made by the server, and what is looked at is a private copy.

let provider: PresignProvider;
let ceph: Ceph | undefined;

beforeAll(async () => {
	ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = ceph;
	provider = s3Provider({
		endpoint,
		region,
		bucket,
		credentials: { accessKeyId, secretAccessKey },
		forcePathStyle: true,
		compatibility: "ceph",
		unsignedHeaders: "accepted",
	});
});
afterAll(() => ceph?.close());

afterUploadCases(() => provider);

test("a client that adds to what is stored with a file in quarantine, by Swift's names, gets no other key", async () => {
	const uploads = defineUploads({
		"made/:userId/*path": {
			authorize: ({ params }) => params.userId === "7",
			quarantine: true,
			key: ({ params }) => `made/${params.userId}/${crypto.randomUUID()}`,
		},
	});
	const { upload, handler, log } = afterUpload({ uploads, provider, outcomes: memoryOutcomes() });
	const others = `{"key":"made/8/stolen","until":9,"principal":`;
	for (const [before, after] of [
		[`${others}[0`, "0]}"],
		[`${others}[0`, `0],"principal":{"sub":"8"}}`],
	] as const) {
		const unsigned = { "x-account-meta-skyput": before, "x-object-meta-skyput": after };
		const { event } = await upload("made/7/a", "good", {}, unsigned);
		const { metadata } = (await provider.head(event.key)) ?? {};
		expect(JSON.parse(metadata?.["skyput"] ?? "")).toMatchObject({ key: "made/8/stolen" });
		await handler(event);
		expect(await provider.head("made/8/stolen")).toBeNull();
		const reason = expect.stringContaining("was not stored by an upload, and is ignored");
		expect(log.lines.at(-1)).toMatchObject({ level: "WARN", reason });
	}
	// the stamp of an upload gets its other value behind a comma
	const stamped = await upload(
		"made/7/a",
		"good",
		{},
		{ "x-object-meta-skyput-upload": "another" },
	);
	const { uploadId } = (await provider.head(stamped.event.key)) ?? {};
	expect(uploadId?.split(",")).toEqual([stamped.event.key.split("/").at(-1), "another"]);
});
