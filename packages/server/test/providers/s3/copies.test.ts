import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { startCeph } from "../../../../../tools/start-ceph.js";
import type { ObjectInfo } from "../../../src/object-spec.js";
import type { PresignProvider } from "../../../src/provider.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";

// Copies on the strict server, and on Ceph, which ignores every condition of a copy.

let strict: S3Server;
let ceph: Awaited<ReturnType<typeof startCeph>>;
beforeAll(async () => {
	strict = await startS3Server();
	ceph = await startCeph();
});
beforeEach(() => strict.clear());
afterAll(() => Promise.all([strict, ceph].map((server) => server?.close())));

const providerOf = (
	server: Omit<S3Server, "capabilities" | "clear">,
	extra: object,
): PresignProvider => {
	const { endpoint, region, bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	return s3Provider({ endpoint, region, bucket, credentials, forcePathStyle: true, ...extra });
};
const onStrict = (): PresignProvider => providerOf(strict, { compatibility: "aws" });

async function put(provider: PresignProvider, key: string, body: string): Promise<ObjectInfo> {
	const spec = { key, size: body.length, contentType: "text/plain", metadata: { color: "red" } };
	const options = { expiresIn: 300, createOnly: false };
	const { url, headers } = await provider.signUpload({ ...spec, uploadId: "stamp" }, options);
	expect((await fetch(url, { method: "PUT", headers, body })).status).toBe(200);
	const info = await provider.head(key);
	if (!info) throw new Error("nothing stored");
	return info;
}

async function read(provider: PresignProvider, key: string) {
	const { url } = await provider.signDownload(key, { expiresIn: 300 });
	const response = await fetch(url);
	return {
		body: await response.text(),
		type: response.headers.get("content-type"),
		color: response.headers.get("x-amz-meta-color"),
	};
}

test("a copy has the bytes, the type, the metadata and the upload id of its source", async () => {
	const provider = onStrict();
	const source = await put(provider, "from/ä b?.txt", "hello");
	const copied = await provider.copy(source, "to/ü&.txt", { createOnly: true });
	expect(copied).toMatchObject({ key: "to/ü&.txt", size: 5, etag: source.etag, uploadId: "stamp" });
	expect(await provider.head("to/ü&.txt")).toMatchObject(copied);
	const stored = { body: "hello", type: "text/plain", color: "red" };
	expect(await read(provider, "to/ü&.txt")).toEqual(stored);
});

test("a copy with a spec stores what the spec says", async () => {
	const provider = onStrict();
	const source = await put(provider, "spec/from", "hello");
	const spec = { key: "spec/to", size: 5, contentType: "image/png", uploadId: "other" };
	const copied = await provider.copy(source, "spec/to", { createOnly: true, spec });
	expect(copied.uploadId).toBe("other");
	expect(await provider.head("spec/to")).toMatchObject({ uploadId: "other" });
	expect(await read(provider, "spec/to")).toEqual({
		body: "hello",
		type: "image/png",
		color: null,
	});
});

test("a create-only copy keeps the object that has its key", async () => {
	const provider = onStrict();
	const source = await put(provider, "taken/from", "second");
	await put(provider, "taken/to", "first");
	const copy = provider.copy(source, "taken/to", { createOnly: true });
	await expect(copy).rejects.toMatchObject({ code: "already-exists" });
	expect((await read(provider, "taken/to")).body).toBe("first");
	await provider.copy(source, "taken/to", { createOnly: false });
	expect((await read(provider, "taken/to")).body).toBe("second");
});

test.each(["aws", "ceph"] as const)(
	"on %s, a source that was replaced or deleted is not copied",
	async (compatibility) => {
		const server = compatibility === "aws" ? strict : ceph;
		if (!server) return;
		const provider = providerOf(server, { compatibility });
		const source = await put(provider, "changed/from", "checked");
		await put(provider, "changed/from", "changed");
		const copy = (info: ObjectInfo, createOnly: boolean) =>
			provider.copy(info, "changed/to", { createOnly });
		const options = compatibility === "aws" ? [true, false] : [false];
		for (const createOnly of options) {
			await expect(copy(source, createOnly)).rejects.toMatchObject({ code: "conflict" });
		}
		await provider.delete("changed/from");
		for (const createOnly of options) {
			await expect(copy(source, createOnly)).rejects.toMatchObject({ code: "not-found" });
		}
		expect(await provider.head("changed/to")).toBe(null);
	},
);

test("a service whose copies overwrite refuses to make one create-only", async () => {
	const provider = providerOf(strict, { compatibility: "ceph" });
	const source = await put(provider, "unsupported/from", "hello");
	const copy = provider.copy(source, "unsupported/to", { createOnly: true });
	await expect(copy).rejects.toMatchObject({ code: "unsupported" });
	const large = { ...source, size: 60e12 };
	await expect(provider.copy(large, "unsupported/to", { createOnly: false })).rejects.toMatchObject(
		{
			code: "unsupported",
		},
	);
});
