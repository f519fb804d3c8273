import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startCeph } from "../../../../tools/start-ceph.js";
import { createFetchHandler } from "../../src/adapters/web.js";
import { s3Provider } from "../../src/providers/s3/index.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { silentLog, tokenSecret } from "../support/call.js";

// What the holder of an upload URL can still decide: headers without x-amz- that S3 stores with an object.

interface Storage {
	readonly name: string;
	readonly endpoint: string;
	readonly region: string;
	readonly bucket: string;
	readonly accessKeyId: string;
	readonly secretAccessKey: string;
	readonly compatibility: "aws" | "ceph";
	close(): Promise<void>;
}

let storages: readonly Storage[] = [];
let attempt: string;
beforeEach(() => {
	attempt = crypto.randomUUID();
});
beforeAll(async () => {
	const ceph = await startCeph();
	if (!ceph) throw new Error("Ceph is not installed");
	const simulated = await startS3Server();
	storages = [
		{ ...ceph, name: "Ceph", compatibility: "ceph" },
		{ ...simulated, name: "startS3Server", compatibility: "aws" },
	];
});
afterAll(() => Promise.all(storages.map((storage) => storage.close())));

const uploads = defineUploads({
	"files/:name": { authorize: "public", contentTypes: ["text/plain", "text/html"], maxSize: 10 },
	"replaced/:name": { authorize: "public", overwrite: true },
	"chosen/:name": {
		authorize: "public",
		overwrite: true,
		cacheControl: "no-store",
		contentDisposition: "inline",
		contentEncoding: "br",
	},
});

function serve({ endpoint, region, bucket, accessKeyId, secretAccessKey, compatibility }: Storage) {
	const credentials = { accessKeyId, secretAccessKey };
	const options = { endpoint, region, credentials, forcePathStyle: true };
	const s3 = new S3Client(options);
	const provider = s3Provider({ ...options, bucket, compatibility, unsignedHeaders: "accepted" });
	const handler = createFetchHandler({ uploads, provider, tokenSecret, log: silentLog() });
	const post = async (operation: string, body: object) => {
		const request = new Request(`http://127.0.0.1/uploads${operation}`, {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		const response = await handler(request);
		// tests read what they expect; a wrong shape fails their assertion
		return { status: response.status, body: (await response.json()) as Record<string, never> };
	};
	/** Uploads with more headers than the plan has, or others; what is stored, and what complete says. */
	return async (name: string, contentType: string, headers: Readonly<Record<string, string>>) => {
		const key = `${name}-${attempt}`;
		const begun = { v: 1, key, size: 2, contentType, kinds: ["single"] };
		const { body } = await post("", begun);
		const plan = body["request"] as unknown as { url: string; headers: Record<string, string> };
		const sent = { ...plan.headers, ...headers };
		const put = await fetch(plan.url, { method: "PUT", headers: sent, body: "ab" });
		const completed = await post("/complete", { token: body["token"] });
		const stored =
			put.status === 200
				? await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
				: null;
		return { put: put.status, complete: completed.body["code"] ?? completed.status, stored };
	};
}

test("type, cache control, and the disposition of what browsers execute are signed", async () => {
	for (const storage of storages) {
		const attack = serve(storage);
		for (const [key, type, headers] of [
			["files/a", "text/plain", { "content-type": "text/html" }],
			["files/a", "text/plain", { "cache-control": "public, max-age=31536000" }],
			["files/a", "text/html", { "content-disposition": "inline" }],
			["chosen/a", "text/plain", { "cache-control": "public" }],
			["chosen/a", "text/plain", { "content-disposition": "attachment" }],
			["chosen/a", "text/plain", { "content-encoding": "gzip" }],
		] as const) {
			const { put } = await attack(key, type, headers);
			expect([storage.name, headers, put]).toEqual([storage.name, headers, 403]);
		}
		const { put, complete, stored } = await attack("files/ordinary", "text/html", {});
		expect([put, complete]).toEqual([200, 200]);
		expect(stored).toMatchObject({
			ContentType: "text/html",
			CacheControl: "no-cache",
			ContentDisposition: "attachment",
		});
		expect((await attack("chosen/ordinary", "text/plain", {})).complete).toBe(200);
	}
});

test("an encoding that nobody signed is stored, and refused on completion", async () => {
	for (const storage of storages) {
		const result = await serve(storage)("files/encoded", "text/plain", {
			"content-encoding": "gzip",
		});
		expect(result).toMatchObject({
			put: 200,
			complete: "unsupported-type",
			stored: { ContentEncoding: "gzip" },
		});
	}
});

test("language, expiry, and a disposition or cache control that no rule names are the holder's choice", async () => {
	for (const storage of storages) {
		const attack = serve(storage);
		const headers = {
			"content-language": "de",
			expires: "Thu, 01 Jan 2099 00:00:00 GMT",
			"content-disposition": 'attachment; filename="other.exe"',
		};
		const { put, complete, stored } = await attack("files/unbound", "text/plain", headers);
		expect([storage.name, put, complete]).toEqual([storage.name, 200, 200]);
		expect(stored?.ContentLanguage).toBe("de");
		expect(stored?.ExpiresString).toBe("Thu, 01 Jan 2099 00:00:00 GMT");
		expect(stored?.ContentDisposition).toBe('attachment; filename="other.exe"');
		const cached = await attack("replaced/a", "text/plain", { "cache-control": "public" });
		expect(cached.stored?.CacheControl).toBe("public");
	}
});
