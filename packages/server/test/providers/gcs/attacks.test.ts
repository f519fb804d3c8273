import { type GcsServer, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gcsProvider } from "../../../src/providers/gcs/provider.js";

// What a stranger with one upload URL can do, with material that exists.

let server: GcsServer;
beforeAll(async () => {
	server = await startGcsServer();
	const secret = await provider().signUpload(
		{ key: "private/secret", size: 10 },
		{ expiresIn: 300, createOnly: false },
	);
	await fetch(secret.url, { method: "PUT", headers: secret.headers, body: "the secret" });
});
afterAll(() => server.close());

const provider = () =>
	gcsProvider({
		bucket: server.bucket,
		endpoint: server.endpoint,
		credentials: server.serviceAccount,
	});

let keys = 0;
const signed = async (createOnly = false) => {
	const key = `attacked/${keys++}`;
	const spec = { key, size: 5, contentType: "text/plain", uploadId: "stamp" };
	return { key, ...(await provider().signUpload(spec, { expiresIn: 300, createOnly })) };
};
/** Sends the PUT with more headers, and tells Google's error code and whether something is stored. */
async function put(
	request: Awaited<ReturnType<typeof signed>>,
	headers: Record<string, string> = {},
	body: string | undefined = "12345",
): Promise<string> {
	const all = { ...request.headers, ...headers };
	const response = await fetch(request.url, {
		method: "PUT",
		headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== "")),
		body,
	});
	const [, code = ""] = /<Code>(\w+)/.exec(await response.text()) ?? [];
	const stored = await provider().head(request.key);
	return `${response.status} ${code}, ${stored ? "stored" : "nothing stored"}`.replace(" ,", ",");
}

test("the signed request itself is carried out", async () => {
	expect(await put(await signed())).toBe("200, stored");
});

// Requests "must not contain […] any header starting with x-goog-" that is not signed, as Google documents its
// UrlSigner.RequestTemplate: docs.cloud.google.com/dotnet/docs/reference/Google.Cloud.Storage.V1/latest
test.each([
	["copies another object", { "x-goog-copy-source": "skyput/private/secret" }],
	["publishes the object", { "x-goog-acl": "public-read" }],
	["adds metadata", { "x-goog-meta-role": "admin" }],
	["replaces metadata", { "x-goog-metadata-directive": "REPLACE" }],
	["chooses a storage class", { "x-goog-storage-class": "ARCHIVE" }],
	["begins a resumable upload", { "x-goog-resumable": "start" }],
])("a header that nobody signed and that %s is refused", async (_, headers) => {
	expect(await put(await signed(), headers)).toBe("400 MalformedSecurityHeader, nothing stored");
});

test.each([
	["copies another object", { "x-amz-copy-source": "skyput/private/secret" }],
	["publishes the object", { "x-amz-acl": "public-read" }],
])("a header in Amazon's spelling that %s is refused", async (_, headers) => {
	expect(await put(await signed(), headers)).toBe("400 ExcessHeaderValues, nothing stored");
});

test.each([
	["another length range", { "x-goog-content-length-range": "0,999" }, "1234567"],
	["another type", { "content-type": "text/html" }, undefined],
	["another upload id", { "x-goog-meta-skyput-upload": "other" }, undefined],
])("%s than signed is refused", async (_, headers, body) => {
	expect(await put(await signed(), headers, body)).toBe(
		"403 SignatureDoesNotMatch, nothing stored",
	);
});

test.each(["x-goog-content-length-range", "x-goog-if-generation-match", "content-type"])(
	"a signed %s that is left out is refused",
	async (name) => {
		// fetch adds a type of its own to a text
		const left = name === "content-type" ? { [name]: "text/plain;charset=UTF-8" } : { [name]: "" };
		expect(await put(await signed(true), left)).toMatch(/^40[03] \w+, nothing stored$/);
	},
);

test("a body that is longer or shorter than signed is refused before it is stored", async () => {
	expect(await put(await signed(), {}, "123456")).toBe("400 EntityTooLarge, nothing stored");
	expect(await put(await signed(), {}, "1234")).toBe("400 EntityTooSmall, nothing stored");
});

test("an encoding that nobody signed is stored, and the server sees it", async () => {
	const request = await signed();
	expect((await provider().head(request.key))?.contentEncoding).toBeUndefined();
	expect(await put(request, { "content-encoding": "gzip" })).toBe("200, stored");
	expect((await provider().head(request.key))?.contentEncoding).toBe("gzip");
});

test("a used URL does not replace the object that it made", async () => {
	const request = await signed(true);
	expect(await put(request)).toBe("200, stored");
	expect(await put(request, {}, "other")).toBe("412 PreconditionFailed, stored");
});

test.each(["&uploads", "&uploadId=x&partNumber=1", "&acl", "&generation=1", "&compose"])(
	"a URL with %s added is refused",
	async (parameters) => {
		const request = await signed();
		expect(await put({ ...request, url: request.url + parameters })).toBe(
			"403 SignatureDoesNotMatch, nothing stored",
		);
	},
);

test("the URL of a part reaches that part of that upload only", async () => {
	const gcs = provider();
	const spec = { key: "attacked/parts", size: null };
	const ref = await gcs.createMultipart(spec, { createOnly: false });
	const range = { first: 1, count: 2, partSize: 5 * 2 ** 20 };
	const window = await gcs.signParts(ref, range, { expiresIn: 300 });
	const url = (partNumber: number, value = window.values[partNumber - 1]): string =>
		String(window.urls[0])
			.replace("{partNumber}", String(partNumber))
			.replace("{value}", String(value));
	const status = async (target: string, method = "PUT"): Promise<number> =>
		(await fetch(target, { method, ...(method === "PUT" ? { body: "part" } : {}) })).status;
	expect(await status(url(1))).toBe(200);
	expect(await status(url(2, window.values[0]))).toBe(403);
	expect(await status(url(1).replace(/&partNumber=1&uploadId=[^&]+/, ""))).toBe(403);
	expect(await status(url(1), "DELETE")).toBe(403);
	expect(await status(url(1), "POST")).toBe(403);
	expect(await status(url(1), "GET")).toBe(403);
	expect(await gcs.head("attacked/parts")).toBeNull();
	await gcs.abortMultipart(ref);
	expect(await status(url(1))).toBe(404);
});
