import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll } from "vitest";
import { startCeph } from "../../../../tools/start-ceph.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { afterUploadCases, type OpenStorage } from "../support/after-upload-cases.js";

// Ceph 16 ignores the conditions of copies: keys are made by the server, and what is looked at is a private copy.

let storage: OpenStorage;
let close: () => Promise<void>;

beforeAll(async () => {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = ceph;
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, forcePathStyle: true };
	const client = new S3Client(options);
	const provider = s3Provider({
		...options,
		bucket,
		compatibility: "ceph",
		unsignedHeaders: "accepted",
	});
	storage = {
		provider,
		async replace(key, Body) {
			const Metadata = { ...(await provider.head(key))?.metadata };
			await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body, Metadata }));
		},
	};
	close = async () => {
		client.destroy();
		await ceph.close();
	};
}, 60_000);
afterAll(() => close?.());

afterUploadCases(() => storage);
