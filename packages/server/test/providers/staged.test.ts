import { startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { UploadError } from "../../src/errors.js";
import type { PresignProvider } from "../../src/provider.js";
import type { S3ProviderOptions } from "../../src/providers/s3/options.js";
import { s3Provider } from "../../src/providers/s3/provider.js";
import { staged } from "../../src/providers/staged.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, serve } from "../support/call.js";
import { abilities, type MemoryProvider, memoryProvider } from "../support/memory-provider.js";

// A storage whose own multipart uploads overwrite, and whose copies don't.

let storage: Awaited<ReturnType<typeof startS3Server>>;
beforeAll(async () => {
	storage = await startS3Server({ compatibility: "aws" });
});
beforeEach(() => storage.clear());
afterAll(() => storage.close());

const plainProvider = (extra: Pick<S3ProviderOptions, "hosts"> = {}): PresignProvider => {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const capabilities = { createOnly: { multipart: "none" } } as const;
	const options = {
		endpoint,
		region,
		bucket,
		credentials,
		compatibility: "aws",
		capabilities,
		...extra,
	} as const;
	return s3Provider(options);
};

const spec = (key: string) => ({
	key,
	size: 5,
	contentType: "text/plain",
	metadata: { color: "red" },
	uploadId: `id-of-${key}`,
});

async function uploadPart(provider: PresignProvider, key: string, body = "hello") {
	const ref = await provider.createMultipart(spec(key), { createOnly: true });
	const range = { first: 1, count: 1, partSize: body.length };
	const window = await provider.signParts(ref, range, { expiresIn: 300 });
	const url = String(window.urls[0]).replace("{value}", String(window.values[0]));
	const put = await fetch(url.replace("{partNumber}", "1"), { method: "PUT", body });
	expect(put.status).toBe(200);
	const { parts } = await provider.listParts(ref, {});
	return {
		ref,
		parts: parts.map(({ partNumber, receipt = "" }) => ({ partNumber, receipt })),
		url,
	};
}

async function read(key: string) {
	const { url } = await plainProvider().signDownload(key, { expiresIn: 300 });
	const response = await fetch(url);
	return response.ok
		? `${response.headers.get("x-amz-meta-color")} ${await response.text()}`
		: null;
}

test("parts go to a staging key and become an object of the final key, with all that is stored", async () => {
	const provider = staged(plainProvider());
	const { ref, parts, url } = await uploadPart(provider, "docs-a");
	expect(ref.key).toBe("docs-a");
	expect(new URL(url).pathname).toContain("/.skyput/id-of-docs-a");
	const options = { spec: spec("docs-a"), createOnly: true };
	const info = await provider.completeMultipart(ref, parts, options);
	expect(info).toMatchObject({ key: "docs-a", size: 5, uploadId: "id-of-docs-a" });
	expect(await read("docs-a")).toBe("red hello");
	expect(await plainProvider().head(".skyput/id-of-docs-a")).toBe(null);
});

test("all host names of the storage are those of the staged one", () => {
	const hosts = ["https://storage-2.example.com", "https://storage-3.example.com"];
	expect(staged(plainProvider({ hosts })).hosts).toBe(3);
});

test("the commit refuses to overwrite, and removes what was staged", async () => {
	const provider = staged(plainProvider());
	const key = "docs-taken";
	const first = await uploadPart(provider, key);
	const options = { spec: spec(key), createOnly: true };
	await provider.completeMultipart(first.ref, first.parts, options);
	const second = await uploadPart(provider, key, "other");
	const commit = provider.completeMultipart(second.ref, second.parts, options);
	await expect(commit).rejects.toMatchObject({ code: "already-exists" });
	expect(await read(key)).toBe("red hello");
	expect(await plainProvider().head(`.skyput/${spec(key).uploadId}`)).toBe(null);
});

test("a leaked part URL cannot change the committed object", async () => {
	const provider = staged(plainProvider());
	const { ref, parts, url } = await uploadPart(provider, "docs-leaked");
	await provider.completeMultipart(ref, parts, { spec: spec("docs-leaked"), createOnly: true });
	const again = await fetch(url.replace("{partNumber}", "1"), { method: "PUT", body: "wrong" });
	expect(again.status).toBe(404);
	expect(await read("docs-leaked")).toBe("red hello");
});

test("aborting removes parts, and an object that a stopped commit left at the staging key", async () => {
	const inner = plainProvider();
	const provider = staged({ ...inner, copy: () => Promise.reject(new Error("stopped")) });
	const { ref, parts } = await uploadPart(provider, "docs-stopped");
	const commit = provider.completeMultipart(ref, parts, {
		spec: spec("docs-stopped"),
		createOnly: true,
	});
	await expect(commit).rejects.toThrow("stopped");
	expect(await inner.head(`.skyput/${spec("docs-stopped").uploadId}`)).not.toBe(null);
	await provider.abortMultipart(ref);
	expect(await inner.head(`.skyput/${spec("docs-stopped").uploadId}`)).toBe(null);
});

const uploads = defineUploads({ "files/*path": { authorize: "public", overwrite: false } });
const mib = 2 ** 20;

/** A server with a staged provider, with all parts of one upload stored. */
async function servedUpload(rules = uploads) {
	const inner = memoryProvider({
		...abilities,
		createOnly: { single: "enforced", multipart: "none" },
	});
	const server = serve({ uploads: rules, provider: staged(inner) as MemoryProvider });
	const { body } = await server.post("", createBody("files/a", 6 * mib, { multipart: true }));
	inner.storeParts("upload-1", [6 * mib]);
	return { inner, complete: () => server.post("complete", { token: body["token"] }) };
}

test("a commit that stopped before or after its copy is ended by the next call", async () => {
	for (const moment of ["before", "after"] as const) {
		const { inner, complete } = await servedUpload();
		let failures = 1;
		inner[moment] = (method: string) => {
			if (method === "copy" && failures-- > 0) throw new UploadError("storage-unavailable", "lost");
		};
		expect((await complete()).status).toBe(503);
		expect(await complete()).toMatchObject({ status: 200, body: { key: "files/a" } });
		expect([...inner.objects.keys()]).toEqual(
			moment === "before" ? ["files/a"] : expect.arrayContaining(["files/a"]),
		);
	}
});

test("a commit whose parts were joined, but not told so, is ended by the same call", async () => {
	const { inner, complete } = await servedUpload();
	inner.after = (method: string) => {
		// the storage's answer was lost, and the call that repeated it found no upload any more
		if (method === "completeMultipart") throw new UploadError("upload-not-found", "no upload");
	};
	expect(await complete()).toMatchObject({ status: 200, body: { key: "files/a", size: 6 * mib } });
	expect([...inner.objects.keys()]).toEqual(["files/a"]);
});

test("two calls at once both answer with the object", async () => {
	const { inner, complete } = await servedUpload();
	const answers = await Promise.all([complete(), complete(), complete()]);
	expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
	expect([...inner.objects.keys()]).toEqual(["files/a"]);
});

test("an upload that may overwrite does so after a stopped commit, too", async () => {
	const rules = defineUploads({ "files/*path": { authorize: "public", overwrite: true } });
	const { inner, complete } = await servedUpload(rules);
	inner.storeObject("files/a", 3, "of another upload");
	let failures = 1;
	inner.before = (method) => {
		if (method === "copy" && failures-- > 0) throw new UploadError("storage-unavailable", "lost");
	};
	expect((await complete()).status).toBe(503);
	expect(await complete()).toMatchObject({ status: 200, body: { size: 6 * mib } });
});

test("a provider that cannot be staged throws with every reason", () => {
	const without = memoryProvider({
		...abilities,
		multipart: false,
		copy: { createOnly: false, pinned: false, maxSize: 0 },
	});
	expect(() => staged(without)).toThrow(/no multipart uploads\n- its copies are not known/);
	const denied = { ...memoryProvider(), unsignedHeaders: "denied-by-policy" } as const;
	expect(() => staged(denied)).toThrow(/denies copies .* signingCredentials/);
	expect(() => staged({ ...denied, signsSeparately: true })).not.toThrow();
});
