import { afterAll, beforeAll } from "vitest";
import { type Ceph, startCeph } from "../../../../tools/start-ceph.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
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
}, 60_000);
afterAll(() => ceph?.close());

afterUploadCases(() => provider);
