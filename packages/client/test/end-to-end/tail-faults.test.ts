import { randomBytes } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { faultNamed, startBackend } from "@skyput/testing";
import { expect, test } from "vitest";
import { uploadFile } from "../../src/node/index.js";

const mebibyte = 2 ** 20;
const file = randomBytes(11 * mebibyte);
const uploads = defineUploads({ "files/:name": { authorize: "public", partSize: "5 MiB" } });

test.each([
	["straggler", "UploadPart"],
	["silent answer", "UploadPart"],
	["silent answer", "PutObject"],
	["dead address", "UploadPart"],
	["412 that aborts the upload", "CompleteMultipartUpload"],
	["another ETag for equal bytes", "UploadPart"],
	["another ETag for equal bytes", "PutObject"],
] as const)("an upload survives the fault: %s of %s", async (name, operation) => {
	const backend = await startBackend({ uploads, storageProxy: {} });
	try {
		backend.storageProxy?.rules.push({ fault: faultNamed(name), operation, nth: 1 });
		const result = await uploadFile(file, "files/a", {
			endpoint: backend.endpoint,
			stallTimeout: 1_000,
			multipartThreshold: operation === "PutObject" ? file.length : 0,
		});
		expect(result).toMatchObject({ size: file.length, verified: true });
		expect(file.equals((await backend.read("files/a")) ?? Buffer.alloc(0))).toBe(true);
		expect(backend.storageProxy?.log.filter(({ fault }) => fault === name)).toHaveLength(1);
	} finally {
		await backend.close();
	}
});
