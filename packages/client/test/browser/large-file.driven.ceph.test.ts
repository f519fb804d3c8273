import { PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, onTestFinished, test } from "vitest";
import { startCeph } from "../../../../tools/start-ceph.js";
import { sendLargeFile } from "./send-large-file.js";

test("a page stores a file of 110 MB in Ceph, byte for byte, under the CORS rule that the README asks for", async () => {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	onTestFinished(() => ceph.close());
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
	onTestFinished(() => s3.destroy());
	await s3.send(
		new PutBucketCorsCommand({
			Bucket: bucket,
			CORSConfiguration: {
				CORSRules: [
					{
						AllowedOrigins: ["*"],
						AllowedMethods: ["PUT"],
						AllowedHeaders: ["*"],
						ExposeHeaders: ["ETag"],
					},
				],
			},
		}),
	);
	const storage = { ...ceph, compatibility: "ceph" } as const;

	const { result, loaded, sent, stored, etag } = await sendLargeFile(110_000_000, { storage });

	expect(result.size).toBe(110_000_000);
	// the mark of an object that came in parts: seven of 16 MiB
	expect(etag).toMatch(/^"?[0-9a-f]{32}-7"?$/);
	expect(stored).toBe(sent);
	expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
	expect(loaded.at(-1)).toBe(110_000_000);
});
