import { randomBytes } from "node:crypto";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";
import { startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { uploads } from "../servers/uploads.ts";

/** A running server with the upload handler in it. */
export interface RunningServer {
	/** Where the handler is mounted, such as `http://127.0.0.1:1234/api/uploads`. */
	readonly endpoint: string;
	close(): unknown;
}

const origin = "http://localhost:5173";
const headers = { authorization: "Bearer 42" };

/** Starts a storage, and sets the environment variables that the servers read. */
export async function startTestStorage() {
	// every refusal is a line in the server's log
	vi.spyOn(console, "warn").mockImplementation(() => {});
	const storage = await startS3Server();
	const { bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;
	delete process.env["AWS_PROFILE"];
	delete process.env["AWS_SESSION_TOKEN"];
	Object.assign(process.env, {
		PORT: "0",
		BUCKET_NAME: bucket,
		AWS_REGION: region,
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
		S3_ENDPOINT: endpoint,
		UPLOAD_TOKEN_SECRET: randomBytes(32).toString("base64"),
	});
	return storage;
}

/** What the storage holds. */
export async function readObject(key: string): Promise<Buffer> {
	const { BUCKET_NAME: bucket, AWS_REGION: region, S3_ENDPOINT: endpoint } = process.env;
	const { url } = await s3Provider({ bucket, region, endpoint }).signDownload(key, {
		expiresIn: 3_600,
	});
	return Buffer.from(await (await fetch(url)).arrayBuffer());
}

/** Sends real uploads, a download, refusals and a preflight through a server. */
export function checkServer(name: string, start: () => Promise<RunningServer>): void {
	describe(name, () => {
		let server: RunningServer;
		beforeAll(async () => {
			server = await start();
		});
		afterAll(() => server.close());

		test.each([
			["a small file", 1_000, ""],
			["a file in parts", 6_000_000, ""],
			["a file in parts at an endpoint with a trailing slash", 6_000_000, "/"],
		])("stores %s", async (_what, size, slash) => {
			const endpoint = slash ? server.endpoint.replace(/\/?$/, slash) : server.endpoint;
			const client = createClient<typeof uploads>({ endpoint, headers });
			const bytes = randomBytes(size);
			const key = `users/42/${crypto.randomUUID()}` as const;
			await client.uploadFile(bytes, key, { multipartThreshold: 5_000_000 });
			expect(bytes.equals(await readObject(key))).toBe(true);
		});

		test("signs downloads of a user's own files alone", async () => {
			const client = createClient<typeof uploads>({ endpoint: server.endpoint, headers });
			const bytes = randomBytes(1_000);
			const key = `users/42/${crypto.randomUUID()}` as const;
			await client.uploadFile(bytes, key);
			const response = await fetch(await client.downloadUrl(key));
			expect(bytes.equals(Buffer.from(await response.arrayBuffer()))).toBe(true);
			await expect(client.downloadUrl("users/43/read-back")).rejects.toMatchObject({
				code: "forbidden",
			});
		});

		test("refuses another user's key with problem+json", async () => {
			const client = createClient<typeof uploads>({ endpoint: server.endpoint, headers });
			await expect(client.uploadFile(randomBytes(1), "users/43/a")).rejects.toMatchObject({
				code: "forbidden",
				status: 403,
			});
			const response = await fetch(server.endpoint, {
				method: "POST",
				headers: { ...headers, origin, "content-type": "application/json" },
				body: JSON.stringify({ v: 1, key: "users/43/a", size: 1, kinds: ["single"] }),
			});
			expect(response.status).toBe(403);
			expect(response.headers.get("content-type")).toBe("application/problem+json");
			expect(response.headers.get("access-control-allow-origin")).toBe(origin);
			expect(await response.json()).toMatchObject({ code: "forbidden", status: 403 });
		});

		test("refuses a caller without a session", async () => {
			const client = createClient<typeof uploads>({ endpoint: server.endpoint });
			await expect(client.uploadFile(randomBytes(1), "users/42/b")).rejects.toMatchObject({
				code: "unauthenticated",
			});
		});

		test.each(["", "/parts"])("answers the preflight of a page at %s", async (operation) => {
			const [slash = ""] = /\/$/.exec(server.endpoint) ?? [];
			const path = operation ? `${operation}${slash}` : slash;
			const response = await fetch(server.endpoint.replace(/\/$/, "") + path, {
				method: "OPTIONS",
				headers: {
					origin,
					"access-control-request-method": "POST",
					"access-control-request-headers": "authorization,content-type",
				},
			});
			expect(response.status).toBe(204);
			expect(response.headers.get("access-control-allow-origin")).toBe(origin);
			expect(response.headers.get("access-control-allow-headers")).toMatch(/authorization/i);
		});

		test("signs a plain URL", async () => {
			const response = await fetch(`${server.endpoint}?key=users/42/plain&size=5`, { headers });
			expect(response.status).toBe(200);
			expect(await response.json()).toMatchObject({ key: "users/42/plain", method: "PUT" });
		});
	});
}
