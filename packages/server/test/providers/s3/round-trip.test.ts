import { crc32 } from "node:zlib";
import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Checksum } from "#protocol";
import type { PresignProvider } from "../../../src/provider.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";
import { newUploadId } from "../../../src/token.js";

let storage: S3Server;
beforeAll(async () => {
	storage = await startS3Server();
});
beforeEach(() => storage.clear());
afterAll(() => storage.close());

function provider(signer: "skyput" | "aws-sdk"): PresignProvider {
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	return s3Provider({ bucket, region, endpoint, credentials, capabilities, signer });
}

function digest(bytes: Uint8Array): Checksum {
	const value = Buffer.alloc(4);
	value.writeUInt32BE(crc32(bytes));
	return { algorithm: "crc32", value: value.toString("base64") };
}

const signers = ["skyput", "aws-sdk"] as const;
const signOptions = { expiresIn: 60, createOnly: true };

test.each(signers)("A file that the signer %s let in comes back byte by byte", async (signer) => {
	const s3 = provider(signer);
	const body = Buffer.from("hello");
	const spec = {
		key: `${signer}/ü !'()*~+%.txt`,
		size: 5,
		contentType: "text/plain",
		metadata: { title: "two  blanks" },
		uploadId: "stamp",
	};
	const request = await s3.signUpload(spec, { ...signOptions, checksum: digest(body) });
	const put = async (bytes: Buffer): Promise<number> =>
		(await fetch(request.url, { method: "PUT", headers: request.headers, body: bytes })).status;
	expect(await put(Buffer.from("hellO"))).toBe(400);
	expect(await put(Buffer.from("hello!"))).toBe(403);
	expect(await put(body)).toBe(200);
	expect(await put(body)).toBe(412);
	expect(await s3.head(spec.key)).toMatchObject({
		size: 5,
		contentType: "text/plain",
		uploadId: "stamp",
		checksums: [digest(body)],
	});
	const { url } = await s3.signDownload(spec.key, { expiresIn: 60, contentType: "text/x" });
	const answer = await fetch(url);
	expect(answer.headers.get("content-type")).toBe("text/x");
	expect(await answer.text()).toBe("hello");
});

test("2,000 bytes of metadata and the upload id fit into the 2 KB that S3 stores", async () => {
	const spec = { key: "full.txt", size: 2, metadata: { a: "x".repeat(1999) } };
	const s3 = provider("skyput");
	const { url, headers } = await s3.signUpload({ ...spec, uploadId: newUploadId() }, signOptions);
	expect((await fetch(url, { method: "PUT", headers, body: "hi" })).status).toBe(200);
});

test.each(signers)("Parts that the signer %s let in become one file, once", async (signer) => {
	const s3 = provider(signer);
	const key = `${signer}/film.mp4`;
	const bytes = Buffer.alloc(5 * 2 ** 20 + 3, signer);
	const checksum = digest(bytes);
	const upload = async (): Promise<Parameters<PresignProvider["completeMultipart"]>> => {
		const ref = await s3.createMultipart(
			{ key, size: bytes.length, uploadId: "stamp" },
			{ createOnly: true, checksum: "crc32" },
		);
		const range = { first: 1, count: 2, partSize: 5 * 2 ** 20, lastSize: 3 };
		const window = await s3.signParts(ref, range, signOptions);
		const parts = [];
		for (const [index, value] of window.values.entries()) {
			const url = String(window.urls[0])
				.replace("{partNumber}", String(index + 1))
				.replace("{value}", value);
			const body = bytes.subarray(index * range.partSize, (index + 1) * range.partSize);
			const answer = await fetch(url, { method: "PUT", body });
			expect(answer.status).toBe(200);
			parts.push({ partNumber: index + 1, receipt: answer.headers.get("etag") ?? "" });
		}
		const listed = await s3.listParts(ref, {});
		expect(listed.parts.map(({ size }) => size)).toEqual([range.partSize, 3]);
		expect(listed.parts.map(({ receipt }) => receipt)).toEqual(parts.map((p) => p.receipt));
		return [ref, parts, { spec: { key, size: bytes.length }, createOnly: true, checksum }];
	};

	const [ref, parts, options] = await upload();
	const short = { ...options, spec: { key, size: bytes.length - 1 } };
	await expect(s3.completeMultipart(ref, parts, short)).rejects.toMatchObject({
		code: "invalid-parts",
	});
	const wrong = { ...options, checksum: digest(bytes.subarray(1)) };
	await expect(s3.completeMultipart(ref, parts, wrong)).rejects.toMatchObject({
		code: "checksum-mismatch",
	});
	const done = await s3.completeMultipart(ref, parts, options);
	expect(done).toMatchObject({ key, size: bytes.length, checksums: [checksum] });
	expect(await s3.head(key)).toMatchObject({
		etag: done.etag,
		size: bytes.length,
		uploadId: "stamp",
		checksums: [checksum],
	});

	const second = await upload();
	await expect(s3.completeMultipart(...second)).rejects.toMatchObject({ code: "already-exists" });
	await s3.abortMultipart(second[0]);
	await expect(s3.listParts(second[0], {})).rejects.toMatchObject({ code: "upload-not-found" });
	await s3.abortMultipart(second[0]);
});
