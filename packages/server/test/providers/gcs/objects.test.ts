import { type GcsServer, startGcsServer } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { hasCode } from "../../../src/errors.js";
import type { ObjectSpec } from "../../../src/object-spec.js";
import type { PresignProvider } from "../../../src/provider.js";
import { gcsProvider } from "../../../src/providers/gcs/provider.js";

let server: GcsServer;
let provider: PresignProvider;
beforeAll(async () => {
	server = await startGcsServer();
	const { bucket, endpoint, hmacKey } = server;
	provider = gcsProvider({ bucket, endpoint, credentials: hmacKey });
});
beforeEach(() => server.clear());
afterAll(() => server.close());

async function store(spec: Partial<ObjectSpec> & { readonly key: string }, body = "123456789") {
	const whole = { size: body.length, contentType: "text/plain", uploadId: "stamp", ...spec };
	const signed = await provider.signUpload(whole, { expiresIn: 3_600, createOnly: false });
	const { status } = await fetch(signed.url, { method: "PUT", headers: signed.headers, body });
	expect(status).toBe(200);
	const info = await provider.head(spec.key);
	if (!info) throw new Error("Nothing is stored");
	return info;
}
async function read(key: string): Promise<Response> {
	return fetch((await provider.signDownload(key, { expiresIn: 3_600 })).url);
}
const codeOf = async (call: Promise<unknown>): Promise<string> => {
	try {
		return String(await call);
	} catch (error) {
		if (hasCode(error, "conflict", "already-exists", "not-found")) return error.code;
		throw error;
	}
};

test("what a rule says of an object is stored with it", async () => {
	const key = "attributes";
	const info = await store({
		key,
		cacheControl: "max-age=60",
		contentDisposition: "attachment",
		metadata: { "made-by": "me", a_b: "2" },
		storageClass: "NEARLINE",
	});
	expect(info).toMatchObject({ key, size: 9, contentType: "text/plain", uploadId: "stamp" });
	expect(info.checksums).toEqual([
		{ algorithm: "crc32c", value: "4waSgw==" },
		{ algorithm: "md5", value: "JfnnlDI7RTiF9RgfG2JNCw==" },
	]);
	const { headers } = await read(key);
	expect(Object.fromEntries(headers)).toMatchObject({
		"cache-control": "max-age=60",
		"content-disposition": "attachment",
		"x-goog-meta-made-by": "me",
		"x-goog-meta-a_b": "2",
		"x-goog-storage-class": "NEARLINE",
	});
});

test("a delete takes only the version and the etag that it names", async () => {
	const first = await store({ key: "pinned" });
	const second = await store({ key: "pinned" }, "other");
	await provider.delete("pinned", { version: first.version });
	expect(await codeOf(provider.delete("pinned", { ifMatch: first.etag }))).toBe("conflict");
	expect(await (await read("pinned")).text()).toBe("other");
	await provider.delete("pinned", { ifMatch: second.etag });
	expect(await provider.head("pinned")).toBeNull();
	await provider.delete("pinned", { ifMatch: second.etag });
});

test("a copy keeps or replaces what is stored beside the bytes", async () => {
	const source = await store({ key: "copied ü/1+2", metadata: { a: "1" } });
	const kept = await provider.copy(source, "kept", { createOnly: true });
	expect(kept).toMatchObject({ key: "kept", size: 9, uploadId: "stamp" });
	expect((await read("kept")).headers.get("x-goog-meta-a")).toBe("1");
	const spec = { key: "replaced", size: 9, contentType: "image/png", uploadId: "stamp" };
	await provider.copy(source, "replaced", { createOnly: false, spec });
	const { headers } = await read("replaced");
	expect(headers.get("content-type")).toBe("image/png");
	expect(headers.get("x-goog-meta-a")).toBeNull();
});

test("a copy refuses a taken key, a changed source and a missing one", async () => {
	const source = await store({ key: "source" });
	const { version, ...unversioned } = source;
	await store({ key: "taken" });
	expect(await codeOf(provider.copy(source, "taken", { createOnly: true }))).toBe("already-exists");
	await store({ key: "source" }, "other");
	for (const changed of [source, unversioned]) {
		expect(await codeOf(provider.copy(changed, "free", { createOnly: true }))).toBe("conflict");
	}
	await provider.delete("source");
	for (const missing of [source, unversioned]) {
		expect(await codeOf(provider.copy(missing, "free", { createOnly: true }))).toBe("not-found");
	}
	expect(await provider.head("free")).toBeNull();
});

test("with a token beside the key, calls carry the token and URLs are signed", async () => {
	const { bucket, endpoint, serviceAccount, token } = server;
	const withToken = (value: string): PresignProvider => {
		const credentials = { ...serviceAccount, getToken: async () => value };
		return gcsProvider({ bucket, endpoint, credentials });
	};
	await store({ key: "tokens" });
	expect(await withToken(token).head("tokens")).toMatchObject({ key: "tokens" });
	await expect(withToken("wrong").head("tokens")).rejects.toMatchObject({ code: "forbidden" });
	const { url } = await withToken("wrong").signDownload("tokens", { expiresIn: 60 });
	expect((await fetch(url)).status).toBe(200);
});

test("all of 1,001 parts are listed, in pages", async () => {
	const ref = await provider.createMultipart({ key: "many", size: null }, { createOnly: false });
	const range = { first: 1, count: 1_001, partSize: 1 };
	const { urls, values } = await provider.signParts(ref, range, { expiresIn: 300 });
	const put = async (value: string, index: number): Promise<void> => {
		const url = String(urls[0])
			.replace("{partNumber}", String(index + 1))
			.replace("{value}", value);
		const { ok, body } = await fetch(url, { method: "PUT", body: "x" });
		await body?.cancel();
		expect(ok).toBe(true);
	};
	for (let first = 0; first < values.length; first += 50) {
		const batch = values.slice(first, first + 50);
		await Promise.all(batch.map((value, index) => put(value, first + index)));
	}
	const page = await provider.listParts(ref, {});
	expect(page.parts).toHaveLength(1_000);
	expect(await provider.listParts(ref, { after: page.next })).toMatchObject({
		parts: [{ partNumber: 1_001, size: 1 }],
	});
	await provider.abortMultipart(ref);
});
