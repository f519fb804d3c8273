import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createNodeHandler } from "../../src/adapters/node.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import { UploadError } from "../../src/errors.js";
import type { PresignProvider } from "../../src/provider.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { silentLog, tokenSecret } from "../support/call.js";

// Two storages whose buckets have the same name; one user who belongs to both tenants.

const tenants = ["red", "blue"] as const;
type Tenant = (typeof tenants)[number];

let servers: readonly S3Server[] = [];
let http: Server;
let base = "";
const providers = new Map<string, PresignProvider>();

beforeAll(async () => {
	servers = await Promise.all(tenants.map(() => startS3Server()));
	for (const [index, tenant] of tenants.entries()) {
		const { endpoint, region, bucket, capabilities, accessKeyId, secretAccessKey } = servers[
			index
		] as S3Server;
		const credentials = { accessKeyId, secretAccessKey };
		const options = { endpoint, region, bucket, capabilities, credentials };
		providers.set(tenant, s3Provider({ ...options, forcePathStyle: true }));
	}
	const everyone = {
		authorize: "public",
		authorizeRead: "public",
		authorizeDelete: "public",
	} as const;
	const handle = createNodeHandler({
		uploads: defineUploads({ "files/:name": { ...everyone, partSize: "5 MiB" } }),
		provider: async ({ principal }) => {
			const found = providers.get(String(principal?.["tenant"]));
			if (!found) throw new UploadError("forbidden", "You belong to no tenant.");
			return found;
		},
		principal: ({ headers }) => ({ sub: "same-user", tenant: headers["x-tenant"] }),
		tokenSecret,
		log: silentLog(),
	});
	http = createServer((request, response) => void handle(request, response));
	await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
	base = `http://127.0.0.1:${(http.address() as AddressInfo).port}/uploads`;
});
beforeEach(async () => {
	for (const server of servers) await server.clear();
});
afterAll(async () => {
	http.closeAllConnections();
	await new Promise((resolve) => http.close(resolve));
	await Promise.all(servers.map((server) => server.close()));
});

interface Answer {
	readonly status: number;
	// tests read what they expect; a wrong shape fails their assertion
	readonly body: Readonly<Record<string, never>>;
}

async function call(tenant: string, operation: string, body?: object): Promise<Answer> {
	const response = await fetch(`${base}${operation}`, {
		method: body ? "POST" : "GET",
		headers: { "content-type": "application/json", "x-tenant": tenant },
		...(body ? { body: JSON.stringify(body) } : {}),
	});
	const text = await response.text();
	return { status: response.status, body: text === "" ? {} : JSON.parse(text) };
}

const stored = async (tenant: Tenant, key: string): Promise<number | null> =>
	(await providers.get(tenant)?.head(key))?.size ?? null;

const create = (tenant: Tenant, key: string, size: number, members: object = {}) =>
	call(tenant, "", { v: 1, key, size, kinds: ["single", "multipart"], ...members });

test("each tenant's uploads, downloads and deletes stay in the tenant's own bucket", async () => {
	for (const [index, tenant] of tenants.entries()) {
		const key = `files/of-${tenant}`;
		const other = tenants[1 - index] as Tenant;
		const { body } = await create(tenant, key, 3);
		const { url, headers } = body["request"] as unknown as {
			url: string;
			headers: Record<string, string>;
		};
		expect((await fetch(url, { method: "PUT", headers, body: "abc" })).status).toBe(200);
		expect(await call(tenant, "/complete", { token: body["token"] })).toMatchObject({
			status: 200,
			body: { key, size: 3 },
		});
		expect([await stored(tenant, key), await stored(other, key)]).toEqual([3, null]);
		const download = await call(tenant, `/download?key=${key}`);
		expect(await (await fetch(String(download.body["url"]))).text()).toBe("abc");
		expect((await call(other, `/download?key=${key}`)).status).toBe(404);
		expect((await call(other, "/status", { key })).status).toBe(404);
		expect((await call(other, "/delete", { key })).status).toBe(204);
		expect(await stored(tenant, key)).toBe(3);
		expect((await call(tenant, "/delete", { key })).status).toBe(204);
		expect(await stored(tenant, key)).toBeNull();
	}
});

test("a token replayed for another tenant is refused by every operation, and nothing is stored", async () => {
	const bytes = randomBytes(5 * 2 ** 20 + 1);
	const key = "files/parts";
	const { body } = await create("red", key, bytes.length, { multipart: true });
	const { token } = body;
	const window = body["window"] as unknown as { urls: string[]; values: string[] };
	for (const [index, value] of window.values.entries()) {
		const url = (window.urls[0] ?? "")
			.replace("{partNumber}", String(index + 1))
			.replace("{value}", value);
		const part = bytes.subarray(index * 5 * 2 ** 20, (index + 1) * 5 * 2 ** 20);
		expect((await fetch(url, { method: "PUT", body: part })).status).toBe(200);
	}
	for (const operation of ["/parts", "/list", "/complete", "/abort", "/status"]) {
		const request = operation === "/parts" ? { token, first: 1, count: 1 } : { token };
		expect([operation, await call("blue", operation, request)]).toMatchObject([
			operation,
			{ status: 403, body: { code: "forbidden" } },
		]);
		expect((await call("nobody", operation, request)).status).toBe(403);
	}
	expect([await stored("red", key), await stored("blue", key)]).toEqual([null, null]);
	expect(await call("red", "/complete", { token })).toMatchObject({
		status: 200,
		body: { key, size: bytes.length },
	});
	expect([await stored("red", key), await stored("blue", key)]).toEqual([bytes.length, null]);
});

test("a token of one storage is refused by a handler of another whose bucket has the same name", async () => {
	const uploads = defineUploads({ "files/:name": { authorize: "public" } });
	const handlers = tenants.map((tenant) => {
		return createFetchHandler({
			uploads,
			provider: { default: providers.get(tenant) as PresignProvider },
			tokenSecret,
			log: silentLog(),
		});
	});
	const post = async (index: number, operation: string, body: object): Promise<Answer> => {
		const response = await handlers[index]?.(
			new Request(`http://127.0.0.1/uploads${operation}`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(body),
			}),
		);
		return { status: response?.status ?? 0, body: (await response?.json()) as Answer["body"] };
	};
	const begun = { v: 1, key: "files/a", size: 6e6, multipart: true, kinds: ["multipart"] };
	const { body } = await post(0, "", begun);
	const { token } = body;
	for (const operation of ["/parts", "/list", "/complete", "/abort", "/status"]) {
		const request = operation === "/parts" ? { token, first: 1, count: 1 } : { token };
		expect([operation, await post(1, operation, request)]).toMatchObject([
			operation,
			{ status: 410, body: { code: "token-expired" } },
		]);
	}
	expect((await post(0, "/list", { token })).status).toBe(200);
});
