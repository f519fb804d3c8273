import { GetObjectTaggingCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { attachment } from "../../src/uploads/attachment.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import type { UploadRule } from "../../src/uploads/rule.js";
import { createBody, makeHandler, tokenSecret } from "../support/call.js";
import { httpApiEvent } from "../support/lambda-event.js";
import { abilities, memoryProvider } from "../support/memory-provider.js";

let storage: S3Server;
beforeAll(async () => {
	storage = await startS3Server();
});
beforeEach(() => storage.clear());
afterAll(() => storage.close());

const kmsKeyId = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

const rule: UploadRule = {
	authorize: "public",
	cacheControl: "max-age=60",
	contentDisposition: ({ requestedKey }) => attachment(requestedKey.split("/").at(-1)),
	contentEncoding: async () => "gzip",
	tags: { owner: "team a+b", stage: "in=1" },
	storageClass: "STANDARD_IA",
	encryption: { kmsKeyId },
	acl: "bucket-owner-full-control",
};

const provider = (options: Partial<Parameters<typeof s3Provider>[0]> = {}) => {
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	return s3Provider({ bucket, region, endpoint, credentials, capabilities, ...options });
};

interface Plan {
	readonly key: string;
	readonly token: string;
	readonly request: { readonly url: string; readonly headers: Record<string, string> };
	readonly window: { readonly urls: readonly string[]; readonly values: readonly string[] };
}

/** Sends a call to a handler with one rule, and returns the answer. */
async function call(operation: string, body: object, options = provider()) {
	const handler = makeHandler({
		uploads: defineUploads({ "files/:name": rule }),
		provider: options,
		tokenSecret,
	});
	const path = operation === "" ? "/uploads" : `/uploads/${operation}`;
	const { statusCode, body: text } = await handler(httpApiEvent("POST", path, { body }));
	return { status: statusCode, body: JSON.parse(text) as Plan & { readonly code?: string } };
}

async function storedOptions(Key: string): Promise<object> {
	const { bucket: Bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const client = new S3Client({ region, endpoint, forcePathStyle: true, credentials });
	const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
	const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key }));
	client.destroy();
	const { CacheControl, ContentDisposition, ContentEncoding } = head;
	const { StorageClass, ServerSideEncryption, SSEKMSKeyId } = head;
	return {
		...{ CacheControl, ContentDisposition, ContentEncoding },
		...{ StorageClass, ServerSideEncryption, SSEKMSKeyId, TagSet },
	};
}

const expected = (name: string): object => ({
	CacheControl: "max-age=60",
	ContentDisposition: `attachment; filename="${name}"`,
	ContentEncoding: "gzip",
	StorageClass: "STANDARD_IA",
	ServerSideEncryption: "aws:kms",
	SSEKMSKeyId: kmsKeyId,
	TagSet: [
		{ Key: "owner", Value: "team a+b" },
		{ Key: "stage", Value: "in=1" },
	],
});

test("a single upload stores every option of its rule", async () => {
	const { body } = await call("", createBody("files/single.txt", 5));
	const { url, headers } = body.request;
	const put = await fetch(url, { method: "PUT", headers, body: "hello" });
	expect(put.status).toBe(200);
	expect(put.headers.get("x-amz-server-side-encryption")).toBe("aws:kms");
	expect(await storedOptions("files/single.txt")).toEqual(expected("single.txt"));
});

test("a client that drops or changes one of them is refused", async () => {
	const { body } = await call("", createBody("files/changed.txt", 5));
	const { url, headers } = body.request;
	const options = Object.keys(headers).filter((name) => /tag|class|acl|enc|disp|cache/.test(name));
	expect(options).toHaveLength(8);
	for (const name of options) {
		const { [name]: value, ...others } = headers;
		for (const sent of [others, { ...headers, [name]: `${value}x` }]) {
			const put = await fetch(url, { method: "PUT", headers: sent, body: "hello" });
			expect([name, put.status]).toEqual([name, 403]);
		}
	}
});

test("a multipart upload stores every option of its rule", async () => {
	const begun = await call("", createBody("files/parts.txt", 5, { multipart: true }));
	const { urls, values } = begun.body.window;
	const url = (urls[0] ?? "").replace("{partNumber}", "1").replace("{value}", values[0] ?? "");
	expect((await fetch(url, { method: "PUT", body: "hello" })).status).toBe(200);
	expect((await call("complete", { token: begun.body.token })).status).toBe(200);
	expect(await storedOptions("files/parts.txt")).toEqual(expected("parts.txt"));
});

test("a bucket of another owner is refused, in one request and in parts", async () => {
	const own = provider({ expectedBucketOwner: "123456789012" });
	const other = provider({ expectedBucketOwner: "210987654321" });
	for (const [options, status] of [
		[own, 200],
		[other, 403],
	] as const) {
		const { body } = await call("", createBody(`files/owner-${status}`, 5), options);
		const { url, headers } = body.request;
		expect((await fetch(url, { method: "PUT", headers, body: "hello" })).status).toBe(status);
	}
	const inParts = createBody("files/owner-parts", 5, { multipart: true });
	expect((await call("", inParts, own)).status).toBe(201);
	expect((await call("", inParts, other)).body.code).toBe("forbidden");
});

test("an expected bucket owner that the service does not check throws", () => {
	expect(() => provider({ capabilities: {}, expectedBucketOwner: "123456789012" })).toThrow(
		"expectedBucketOwner: the service is not known to check it",
	);
});

test("an option that the storage does not apply throws when the handler is made, naming the pattern", () => {
	const objectOptions = {
		...{ tags: false, storageClass: false, acl: false, aes256: false },
		...{ kms: false, bucketOwner: false },
	};
	const uploads = defineUploads({ "files/:name": rule, "plain/:name": { authorize: "public" } });
	expect(() =>
		makeHandler({ uploads, provider: memoryProvider({ ...abilities, objectOptions }) }),
	).toThrow('The rule "files/:name" has tags, storageClass, acl, encryption with kmsKeyId, which');
});

test.each<[UploadRule | object, string]>([
	[{ tags: { "": "a" } }, 'has the tag ""'],
	[{ tags: { a: "<" } }, 'has the tag "a"'],
	[{ tags: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`t${n}`, "x"])) }, "11 tags"],
	[{ storageClass: "a b" }, 'has the storageClass "a b"'],
	[{ acl: "public\r\nx" }, "has the acl"],
	[{ encryption: "aes" }, "has an encryption"],
	[{ encryption: { kmsKeyId: "" } }, "has an encryption"],
	[{ contentEncoding: "ü" }, "has a contentEncoding"],
])("a rule with a wrong option throws: %j", (options, message) => {
	expect(() => defineUploads({ "files/:name": options })).toThrow(message);
});

test("a function that returns no header value is the server's fault", async () => {
	const handler = makeHandler({
		uploads: defineUploads({
			"files/:name": { authorize: "public", cacheControl: () => "no\r\nstore" },
		}),
		log: { error: () => {}, warn: () => {}, info: () => {} },
	});
	const event = httpApiEvent("POST", "/uploads", { body: createBody("files/a", 1) });
	expect((await handler(event)).statusCode).toBe(500);
});

test.each([
	"application/unknown",
	"unknown/unknown",
	"*/*",
	"application/x-unknown-content-type",
	"multipart/x-mixed-replace; boundary=b",
])(
	"%s, under which browsers open HTML as such, is stored as an attachment",
	async (contentType) => {
		const handler = makeHandler({
			uploads: defineUploads({ "a/:name": { authorize: "public" } }),
			provider: provider(),
		});
		const body = createBody("a/x", 1, { contentType });
		const answer = await handler(httpApiEvent("POST", "/uploads", { body }));
		const { headers } = (JSON.parse(answer.body) as Plan).request;
		expect(headers["content-disposition"]).toBe("attachment");
	},
);

test("types that browsers execute are stored as attachments unless the rule says otherwise", async () => {
	const handler = makeHandler({
		uploads: defineUploads({
			"a/:name": { authorize: "public" },
			"b/:name": { authorize: "public", contentDisposition: "inline" },
			"c/:name": { authorize: "public", contentDisposition: () => undefined },
		}),
		provider: provider(),
	});
	const dispositionOf = async (key: string, contentType: string): Promise<string | undefined> => {
		const body = createBody(key, 1, { contentType });
		const answer = await handler(httpApiEvent("POST", "/uploads", { body }));
		return (JSON.parse(answer.body) as Plan).request.headers["content-disposition"];
	};
	expect(await dispositionOf("a/x.svg", "image/svg+xml; charset=utf-8")).toBe("attachment");
	expect(await dispositionOf("a/x.png", "image/png")).toBeUndefined();
	expect(await dispositionOf("b/x.html", "text/html")).toBe("inline");
	// else whoever has the URL could store another
	expect(await dispositionOf("c/x.png", "image/png")).toBe("inline");
});

test("an acl under a policy that denies ACLs to the signing keys needs other keys for the server's own calls", () => {
	const keys = (accessKeyId: string) => ({ accessKeyId, secretAccessKey: "secret" });
	const make = (options: object) => () =>
		makeHandler({
			uploads: defineUploads({
				"a/*n": { authorize: "public", overwrite: true, acl: "bucket-owner-full-control" },
			}),
			provider: s3Provider({
				bucket: "uploads",
				endpoint: "https://s3.example",
				compatibility: "ceph",
				capabilities: { objectOptions: { acl: true } },
				unsignedHeaders: "denied-by-policy",
				credentials: keys("AKSERVER"),
				...options,
			}),
		});
	const problem =
		'The rule "a/*n" has an acl, and unsignedHeaders: "denied-by-policy" denies ACLs to the keys that sign URLs.';
	expect(make({})).toThrow(problem);
	expect(make({ signingCredentials: keys("AKSERVER") })).toThrow(problem);
	expect(make({ signingCredentials: keys("AKSIGNER") })).not.toThrow();
	expect(make({ unsignedHeaders: "accepted" })).not.toThrow();
});

test("a public acl under such a policy is set by the server, so that every file goes in parts", async () => {
	const provider = {
		...memoryProvider(),
		unsignedHeaders: "denied-by-policy",
		signsSeparately: true,
	} as const;
	const uploads = defineUploads({
		"public/:n": { authorize: "public", acl: "public-read" },
		"owner/:n": { authorize: "public", acl: "bucket-owner-full-control" },
	});
	const handler = makeHandler({ uploads, provider });
	const kindOf = async (key: string, members: object = {}): Promise<unknown> => {
		const body = createBody(key, 5, members);
		const answer = JSON.parse((await handler(httpApiEvent("POST", "/uploads", { body }))).body);
		return answer.kind ?? answer.code;
	};
	expect(await kindOf("public/a")).toBe("multipart");
	expect(await kindOf("public/a", { kinds: ["single"] })).toBe("unsupported");
	expect(await kindOf("public/a", { size: 0 })).toBe("unsupported");
	expect(await kindOf("owner/a")).toBe("single");
	const plain = async (key: string) =>
		(await handler(httpApiEvent("GET", "/uploads", { query: `key=${key}` }))).statusCode;
	expect(await plain("public/a")).toBe(501);
	expect(await plain("owner/a")).toBe(200);
	const createOnly = { single: "enforced", multipart: "none" } as const;
	const weak = { ...provider, capabilities: { ...abilities, createOnly } };
	const small = defineUploads({ "a/:n": { authorize: "public", acl: "public-read", maxSize: 5 } });
	expect(() => makeHandler({ uploads: small, provider: weak })).toThrow(
		"cannot refuse to overwrite in multipart uploads",
	);
});

test.each([null, 5, true, ["a.txt"]])("attachment(%j) names what it takes", (filename) => {
	expect(() => attachment(filename as never)).toThrow(
		/^filename must be a string, not (null|number|boolean|object)\.$/,
	);
});
