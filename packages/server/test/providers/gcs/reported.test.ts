import { createHash } from "node:crypto";
import { type GcsServer, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createFetchHandler } from "../../../src/adapters/web.js";
import { gcsProvider } from "../../../src/providers/gcs/provider.js";
import { staged } from "../../../src/providers/staged.js";
import { defineUploads } from "../../../src/uploads/define-uploads.js";

// A client that computes CRC-32C alone: no part carries a digest, and the storage reports that of the whole.

let server: GcsServer;
beforeAll(async () => {
	server = await startGcsServer();
});
beforeEach(() => server.clear());
afterAll(() => server.close());

const provider = () =>
	staged(
		gcsProvider({
			bucket: server.bucket,
			endpoint: server.endpoint,
			credentials: server.serviceAccount,
		}),
	);

async function post(operation: string, body: object): Promise<{ status: number; body: never }> {
	const handle = createFetchHandler({
		uploads: defineUploads({ "a/:name": { authorize: "public", partSize: "5 MiB" } }),
		provider: provider(),
		tokenSecret: "a secret of the tests that is long enough",
		log: { error() {}, warn() {}, info() {} },
	});
	const response = await handle(
		new Request(`http://localhost/uploads${operation}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		}),
	);
	return { status: response.status, body: (await response.json()) as never };
}

/** Uploads two parts, and completes with the digest that the client claims. */
async function upload(key: string, claimed: string) {
	const bytes = Buffer.alloc(5 * 2 ** 20 + 9, "x");
	const { body: plan } = await post("", {
		v: 1,
		key,
		size: bytes.length,
		multipart: true,
		kinds: ["single", "multipart"],
		algorithms: ["crc32c"],
	});
	const { token, window, algorithm } = plan as {
		token: string;
		window: { urls: string[]; values: string[] };
		algorithm: string;
	};
	expect(algorithm).toBe("crc32c");
	expect(window).not.toHaveProperty("partChecksum.algorithm");
	const receipts = createHash("sha256");
	for (const [index, value] of window.values.entries()) {
		const url = String(window.urls[0])
			.replace("{partNumber}", String(index + 1))
			.replace("{value}", value);
		const body = bytes.subarray(index * 5 * 2 ** 20, (index + 1) * 5 * 2 ** 20);
		const { headers } = await fetch(url, { method: "PUT", body });
		receipts.update(`${index + 1}:${headers.get("etag")}\n`);
	}
	return await post("/complete", {
		token,
		checksum: { algorithm: "crc32c", value: claimed },
		receipts: receipts.digest("base64"),
	});
}

test("a digest that the storage reports makes the upload verified", async () => {
	const { status, body } = await upload("a/same", "fSFn6g==");
	expect({ status, body }).toMatchObject({ status: 200, body: { verified: true } });
});

test("another digest than the storage reports deletes that generation, and the upload begins anew", async () => {
	const { status, body } = await upload("a/other", "AAAAAA==");
	expect({ status, body }).toMatchObject({
		status: 422,
		body: { code: "checksum-mismatch", restart: true },
	});
	expect(await provider().head("a/other")).toBeNull();
});
