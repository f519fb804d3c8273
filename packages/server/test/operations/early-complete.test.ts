import { randomBytes } from "node:crypto";
import { type Backend, startBackend, startGcsServer, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { MultipartPlan } from "#protocol";
import { startAzurite } from "../../../../tools/start-azurite.js";
import type { PresignProvider } from "../../src/provider.js";
import { azureProvider } from "../../src/providers/azure/index.js";
import { gcsProvider } from "../../src/providers/gcs/index.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { staged } from "../../src/providers/staged.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";

// A client that calls /complete before its parts are stored, or twice, loses nothing.

interface Storage {
	readonly provider: PresignProvider;
	close(): Promise<void>;
}

async function startS3(compatibility: "aws" | "ceph" | "minio" | "r2"): Promise<Storage> {
	const { endpoint, region, bucket, close, ...keys } = await startS3Server({ compatibility });
	const { accessKeyId, secretAccessKey, capabilities } = keys;
	const provider = s3Provider({
		...{ bucket, region, endpoint, compatibility, capabilities },
		credentials: { accessKeyId, secretAccessKey },
		forcePathStyle: true,
		unsignedHeaders: "accepted",
	});
	// Ceph joins no parts create-only
	return { provider: compatibility === "ceph" ? staged(provider) : provider, close };
}

const storages: Readonly<Record<string, () => Promise<Storage>>> = {
	"S3 as AWS": () => startS3("aws"),
	"S3 as Ceph": () => startS3("ceph"),
	"S3 as MinIO": () => startS3("minio"),
	"S3 as R2": () => startS3("r2"),
	async "Google Cloud Storage"() {
		const { endpoint, bucket, serviceAccount: credentials, close } = await startGcsServer();
		return { provider: staged(gcsProvider({ bucket, endpoint, credentials })), close };
	},
	async Azure() {
		const { close, ...options } = await startAzurite();
		return { provider: azureProvider(options), close };
	},
};

describe.each(Object.keys(storages))("%s", (name) => {
	const mebibyte = 2 ** 20;
	const file = randomBytes(11 * mebibyte);
	let storage: Storage;
	let backend: Backend;
	let key: string;

	beforeAll(async () => {
		storage = await (storages[name] as () => Promise<Storage>)();
		backend = await startBackend({
			uploads: defineUploads({
				"files/*path": { authorize: "public", partSize: 5 * mebibyte },
			}),
			provider: storage.provider,
			handler: { log: { error() {}, warn() {}, info() {} } },
		});
	});
	beforeEach(() => {
		key = `files/${randomBytes(8).toString("hex")}`;
	});
	afterAll(async () => {
		await backend.close();
		await storage.close();
	});

	const post = async (operation: string, body: object) => {
		const response = await fetch(`${backend.endpoint}${operation}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		return { status: response.status, body: await response.json() };
	};
	const begin = async (algorithms?: readonly string[]): Promise<MultipartPlan> => {
		const kinds = ["single", "multipart"];
		const request = { v: 1, key, size: file.length, multipart: true, kinds, algorithms };
		return (await post("", request)).body as MultipartPlan;
	};
	const putPart = async ({ window }: MultipartPlan, partNumber: number): Promise<void> => {
		const url = (window.urls[0] ?? "")
			.replace("{partNumber}", String(partNumber))
			.replace("{value}", window.values[partNumber - 1] ?? "");
		const body = file.subarray((partNumber - 1) * 5 * mebibyte, partNumber * 5 * mebibyte);
		const { ok } = await fetch(url, { method: "PUT", headers: window.headers, body });
		expect(ok).toBe(true);
	};
	const missing = (...partNumbers: number[]) => ({
		status: 422,
		body: {
			code: "invalid-parts",
			errors: partNumbers.map((partNumber) => ({ partNumber, detail: "Is not stored." })),
		},
	});

	test.each([
		["no digests", undefined],
		["digests", ["crc32", "crc32c", "crc64nvme", "md5"]],
	])(
		"an upload with %s that is completed too early, and twice, stays as it is",
		async (_, some) => {
			const plan = await begin(some);
			const { token } = plan;
			for (const each of [1, 2]) {
				const early = await post("/complete", { token });
				expect(early, `call ${each}`).toMatchObject(missing(1, 2, 3));
				expect(early.body).not.toHaveProperty("restart");
			}
			expect(await post("/list", { token })).toMatchObject({ status: 200, body: { parts: [] } });
			await putPart(plan, 2);
			expect(await post("/complete", { token })).toMatchObject(missing(1, 3));
			await putPart(plan, 1);
			await putPart(plan, 3);
			const done = await post("/complete", { token });
			expect(done).toMatchObject({ status: 200, body: { key, size: file.length } });
			expect(await post("/complete", { token })).toEqual(done);
		},
	);
});
