import { randomUUID } from "node:crypto";
import { Storage } from "@google-cloud/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GcsServer, startGcsServer } from "../../src/gcs-server/start-gcs-server.js";

// URLs are signed by Google's own library: it shares no code with the server.

const origin = "https://app.example";
let server: GcsServer;
let storage: Storage;
beforeAll(async () => {
	server = await startGcsServer({
		cors: [{ origin: [origin], method: ["PUT"], responseHeader: ["Content-Type", "ETag"] }],
	});
	const { endpoint, serviceAccount: credentials } = server;
	storage = new Storage({ projectId: "project", apiEndpoint: endpoint, credentials });
});
afterAll(() => server.close());

async function sign(action: "read" | "write" | "delete", key: string, options = {}) {
	const config = { version: "v4", action, expires: Date.now() + 60_000, ...options } as const;
	const [url] = await storage.bucket(server.bucket).file(key).getSignedUrl(config);
	return url;
}

/** Status and error code of a response. */
async function send(url: string, init: RequestInit = {}): Promise<string> {
	const response = await fetch(url, init);
	const [, code = ""] = /<Code>(\w+)/.exec(await response.text()) ?? [];
	return `${response.status} ${code}`.trim();
}
const put = (body: string, headers: Record<string, string> = {}): RequestInit => ({
	method: "PUT",
	headers,
	body,
});

test("an object is stored, read in part, and deleted by signed URLs", async () => {
	const headers = { "content-type": "text/plain", "x-goog-meta-made-by": "me" };
	const url = await sign("write", "a b/ü+%2F.txt", { extensionHeaders: headers });
	const stored = await fetch(url, put("0123456789", headers));
	expect(stored.status).toBe(200);
	expect(stored.headers.get("content-type")).toMatch(/^text\/html/);
	expect(stored.headers.get("etag")).toBe('"781e5e245d69b566979b86e28d23f2c7"');
	const read = await fetch(
		await sign("read", "a b/ü+%2F.txt", { responseDisposition: 'attachment; filename="x"' }),
		{ headers: { range: "bytes=2-4" } },
	);
	expect(read.status).toBe(206);
	expect(await read.text()).toBe("234");
	expect(Object.fromEntries(read.headers)).toMatchObject({
		"content-disposition": 'attachment; filename="x"',
		"content-range": "bytes 2-4/10",
		"content-type": "text/plain",
		"x-goog-meta-made-by": "me",
		"x-goog-stored-content-length": "10",
	});
	expect(await send(await sign("delete", "a b/ü+%2F.txt"), { method: "DELETE" })).toBe("204");
	expect(await send(await sign("read", "a b/ü+%2F.txt"))).toBe("404 NoSuchKey");
});

test.each([
	["another method", { method: "DELETE" }, "403 SignatureDoesNotMatch"],
	["an unsigned header", put("x", { "x-goog-acl": "public-read" }), "400 MalformedSecurityHeader"],
	["a header of Amazon", put("x", { "x-amz-acl": "public-read" }), "400 ExcessHeaderValues"],
	["an unsigned digest", put("x", { "content-md5": "AAAAAAAAAAAAAAAAAAAAAA==" }), "400 BadDigest"],
])("%s than the URL was signed for is refused", async (_, init, expected) => {
	expect(await send(await sign("write", "refused"), init)).toBe(expected);
	expect(await send(await sign("read", "refused"))).toBe("404 NoSuchKey");
});

test("a signed header that is not sent, a changed URL and a foreign bucket are refused", async () => {
	const extensionHeaders = { "x-goog-if-generation-match": "0" };
	const url = await sign("write", `once/${randomUUID()}`, { extensionHeaders });
	expect(await send(url, put("x"))).toBe("400 MalformedSecurityHeader");
	expect(await send(`${url}&generation=1`, put("x", extensionHeaders))).toBe(
		"403 SignatureDoesNotMatch",
	);
	expect(await send(url.replace(/Expires=\d+/, "Expires=604801"), put("x"))).toBe(
		"400 InvalidArgument",
	);
	expect(await send(url, put("x", extensionHeaders))).toBe("200");
	expect(await send(url, put("y", extensionHeaders))).toBe("412 PreconditionFailed");
	const [elsewhere] = await storage
		.bucket("other-bucket")
		.file("a")
		.getSignedUrl({ version: "v4", action: "read", expires: Date.now() + 60_000 });
	expect(await send(elsewhere)).toBe("404 NoSuchBucket");
});

test("a request is carried out with the right access token alone", async () => {
	const url = `${server.endpoint}/${server.bucket}/tokens`;
	const bearer = (token: string): RequestInit => put("x", { authorization: `Bearer ${token}` });
	expect(await send(url, put("x"))).toBe("403 AccessDenied");
	expect(await send(url, bearer("wrong"))).toBe("401 AuthenticationRequired");
	expect(await send(url, bearer(server.token))).toBe("200");
});

test("a page gets CORS headers as the bucket's rule says, and a preflight is never refused", async () => {
	const url = await sign("write", "cors");
	const preflight = (from: string, headers: string): Promise<Response> =>
		fetch(url, {
			method: "OPTIONS",
			headers: {
				origin: from,
				"access-control-request-method": "PUT",
				"access-control-request-headers": headers,
			},
		});
	const allowed = await preflight(origin, "content-type");
	expect(allowed.headers.get("access-control-allow-origin")).toBe(origin);
	for (const [from, headers] of [
		["https://other.example", "content-type"],
		[origin, "x-goog-hash"],
	] as const) {
		const { status, headers: answered } = await preflight(from, headers);
		expect([status, answered.get("access-control-allow-origin")]).toEqual([200, null]);
	}
	const { headers } = await fetch(url, put("x", { origin }));
	expect(headers.get("access-control-expose-headers")).toContain("ETag");
});

test("objects and uploads are listed by prefix, page by page", async () => {
	const folder = randomUUID();
	const authorization = `Bearer ${server.token}`;
	const bucket = `${server.endpoint}/${server.bucket}`;
	const list = async (query: string): Promise<string> => {
		const response = await fetch(`${bucket}?${query}`, { headers: { authorization } });
		return `${response.status} ${await response.text()}`;
	};
	const keys = (document: string) => [...document.matchAll(/<Key>(.*?)</g)].map(([, key]) => key);
	for (const key of [`${folder}/b&c`, `${folder}/a`, "other"]) {
		await fetch(`${bucket}/${encodeURIComponent(key)}`, put(key, { authorization }));
		await fetch(`${bucket}/${encodeURIComponent(key)}?uploads`, {
			method: "POST",
			headers: { authorization },
		});
	}
	const first = await list(`list-type=2&prefix=${folder}/&max-keys=1`);
	expect(keys(first)).toEqual([`${folder}/a`]);
	expect(first).toContain("<IsTruncated>true<");
	const [, token] = /<NextContinuationToken>(.*?)</.exec(first) ?? [];
	const second = await list(`list-type=2&prefix=${folder}/&max-keys=1&continuation-token=${token}`);
	expect(keys(second)).toEqual([`${folder}/b&amp;c`]);
	expect(second).toContain("<IsTruncated>false<");
	expect(second).not.toContain("NextContinuationToken");
	const uploads = await list(`uploads&prefix=${folder}/&max-uploads=1`);
	expect(keys(uploads)).toEqual([`${folder}/a`]);
	const [, id] = /<NextUploadIdMarker>(.*?)</.exec(uploads) ?? [];
	const rest = await list(
		`uploads&prefix=${folder}/&key-marker=${folder}/a&upload-id-marker=${id}`,
	);
	expect(keys(rest)).toEqual([`${folder}/b&amp;c`]);
	expect(await list("list-type=2&max-keys=0")).toMatch(/^400 .*InvalidArgument/s);
	expect(await list("list-type=2&delimiter=/")).toMatch(/^501 /);
	expect(await list("")).toMatch(/^501 /);
	expect(await send(`${bucket}?list-type=2`)).toBe("403 AccessDenied");
});
