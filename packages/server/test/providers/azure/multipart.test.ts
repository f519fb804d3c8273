import type { FaultRule } from "@skyput/testing";
import { expect, test } from "vitest";
import { begin, bytes, md5, readBack, useAzurite } from "./azurite.js";
import { crc64nvme } from "./crc64nvme.js";

const azurite = useAzurite();
const file = bytes(2_500);

test("Parts become an object with bytes, type, headers, metadata and a digest that the storage computed", async () => {
	const provider = azurite.connect();
	const key = "a b/ü+&%2F'()!*~=;,@$ 日本.txt";
	const { ref, putAll } = await begin(provider, key);
	const parts = await putAll(file);
	const spec = {
		key,
		size: file.length,
		contentType: "text/plain",
		cacheControl: "no-store",
		contentDisposition: "attachment",
		contentEncoding: "identity",
		metadata: { made_by: "a test" },
		uploadId: "the-upload",
	};
	const checksum = { algorithm: "crc64nvme", value: crc64nvme(file) } as const;
	const info = await provider.completeMultipart(ref, parts, { spec, createOnly: true, checksum });
	expect(info).toMatchObject({ key, size: file.length, checksums: [checksum] });
	expect(await provider.head(key)).toEqual({
		key,
		size: file.length,
		etag: info.etag,
		contentType: "text/plain",
		cacheControl: "no-store",
		contentDisposition: "attachment",
		contentEncoding: "identity",
		metadata: expect.objectContaining({ made_by: "a test" }),
		uploadId: "the-upload",
		checksums: [checksum],
	});
	const read = await readBack(provider, key);
	expect(read?.body.equals(file)).toBe(true);
	expect(Object.fromEntries(read?.headers ?? [])).toMatchObject({
		"cache-control": "no-store",
		"content-disposition": "attachment",
		"content-encoding": "identity",
		"x-ms-meta-made_by": "a test",
	});
	expect(await provider.head(`.skyput/${ref.id}`)).toBeNull();
});

test("Parts are listed by number with their sizes, in pages, and a part that was sent again counts", async () => {
	const provider = azurite.connect();
	const { ref, put } = await begin(provider, "listed");
	expect(await provider.listParts(ref, {})).toEqual({ parts: [] });
	for (const [partNumber, size] of [
		[9, 5],
		[2, 7],
		[1, 7],
		[2, 8],
	] as const) {
		expect(await put(partNumber, bytes(size))).toBe(201);
	}
	expect(await provider.listParts(ref, {})).toEqual({
		parts: [
			{ partNumber: 1, size: 7 },
			{ partNumber: 2, size: 8 },
			{ partNumber: 9, size: 5 },
		],
	});
	expect(await provider.listParts(ref, { after: 2 })).toEqual({
		parts: [{ partNumber: 9, size: 5 }],
	});
});

test("A part that differs from its digest is refused with the code that the plan names", async () => {
	const { window, put } = await begin(azurite.connect(), "digested", "md5");
	expect(window.partChecksum).toEqual({
		algorithm: "md5",
		header: "content-md5",
		encoding: "base64",
	});
	expect(window.outcomes).toMatchObject({ "400 Md5Mismatch": "retry" });
	expect(await put(1, file, { "content-md5": md5(bytes(2_500, 2)) })).toBe(400);
	expect(await put(1, file, { "content-md5": md5(file) })).toBe(201);
});

test("Bytes with another digest than the client's are never visible, and can be sent again", async () => {
	const provider = azurite.connect();
	const { ref, put, putAll } = await begin(provider, "mended");
	const parts = await putAll(file);
	await put(2, bytes(1_000, 99));
	const spec = { key: "mended", size: file.length };
	const checksum = { algorithm: "crc64nvme", value: crc64nvme(file) } as const;
	const complete = () =>
		provider.completeMultipart(ref, parts, { spec, createOnly: true, checksum });
	await expect(complete()).rejects.toMatchObject({ code: "checksum-mismatch" });
	expect(await provider.head("mended")).toBeNull();
	// the parts are still listed after the first attempt joined them
	expect((await provider.listParts(ref, {})).parts).toHaveLength(3);
	await put(2, file.subarray(1_000, 2_000));
	await complete();
	expect((await readBack(provider, "mended"))?.body.equals(file)).toBe(true);
});

test("A missing part, and a receipt, are refused; an upload that was swept away is not found", async () => {
	const provider = azurite.connect();
	const { ref, putAll } = await begin(provider, "missing");
	const spec = { key: "missing", size: 2_000 };
	const complete = (numbers: readonly number[], receipt = "") => {
		const parts = numbers.map((partNumber) => ({ partNumber, receipt }));
		return provider.completeMultipart(ref, parts, { spec, createOnly: true });
	};
	await expect(complete([1, 2])).rejects.toMatchObject({ code: "upload-not-found" });
	await putAll(bytes(1_000));
	await expect(complete([1, 2])).rejects.toMatchObject({ code: "invalid-parts" });
	await expect(complete([1], '"a"')).rejects.toMatchObject({ code: "invalid-parts" });
	expect(await provider.head("missing")).toBeNull();
});

test("Two calls that complete one upload share the work, and a later one finds the key taken", async () => {
	const provider = azurite.connect();
	const { ref, putAll } = await begin(provider, "twice");
	const parts = await putAll(file);
	const options = { spec: { key: "twice", size: file.length }, createOnly: true };
	const [one, two] = await Promise.all([
		provider.completeMultipart(ref, parts, options),
		provider.completeMultipart(ref, parts, options),
	]);
	expect(one).toBe(two);
	await expect(provider.completeMultipart(ref, parts, options)).rejects.toMatchObject({
		code: "already-exists",
	});
});

test("Another server that completes at the same time changes nothing", async () => {
	const [one, two] = [azurite.connect(), azurite.connect()];
	const { ref, putAll } = await begin(one, "raced");
	const parts = await putAll(file);
	const options = { spec: { key: "raced", size: file.length }, createOnly: true };
	const ends = await Promise.allSettled(
		[one, two].map((provider) => provider.completeMultipart(ref, parts, options)),
	);
	expect(ends.some(({ status }) => status === "fulfilled")).toBe(true);
	expect((await readBack(one, "raced"))?.body.equals(file)).toBe(true);
});

test("An empty file is stored by the commit alone", async () => {
	const provider = azurite.connect();
	const ref = await provider.createMultipart({ key: "empty", size: 0 }, { createOnly: true });
	const spec = { key: "empty", size: 0, contentType: "text/plain" };
	await provider.completeMultipart(ref, [], { spec, createOnly: true });
	expect(await provider.head("empty")).toMatchObject({ size: 0, contentType: "text/plain" });
	await expect(
		provider.completeMultipart(ref, [], { spec, createOnly: true }),
	).rejects.toMatchObject({ code: "already-exists" });
});

test("Aborting discards the parts, can be repeated, and never touches the object", async () => {
	const provider = azurite.connect();
	const { ref, putAll } = await begin(provider, "aborted");
	await putAll(file);
	await provider.abortMultipart(ref);
	expect(await provider.listParts(ref, {})).toEqual({ parts: [] });
	const parts = await putAll(file);
	const options = { spec: { key: "aborted", size: file.length }, createOnly: true };
	await provider.completeMultipart(ref, parts, options);
	await provider.abortMultipart(ref);
	await provider.abortMultipart(ref);
	expect(await provider.head("aborted")).toMatchObject({ size: file.length });
});

test("Metadata with a name that is no identifier, and another digest of the whole, are refused at the beginning", async () => {
	const provider = azurite.connect();
	const spec = { key: "named", size: 5, metadata: { "made-by": "a test" } };
	await expect(provider.createMultipart(spec, { createOnly: true })).rejects.toMatchObject({
		code: "unsupported",
	});
	await expect(
		provider.createMultipart({ key: "named", size: 5 }, { createOnly: true, checksum: "crc32" }),
	).rejects.toMatchObject({ code: "unsupported" });
});

test("A commit survives two failures of each of its calls", async () => {
	const busy = { kind: "respond", when: "after-body", status: 503, code: "ServerBusy" } as const;
	const calls = ["ListParts", "HeadObject", "CopyObject", "CompleteMultipartUpload"] as const;
	const rules = calls.flatMap((operation): FaultRule[] => [
		{ fault: { name: "busy", effect: busy }, operation, nth: 1 },
		{ fault: { name: "reset", effect: { kind: "reset", at: "end" } }, operation, nth: 2 },
	]);
	const provider = await azurite.connectWith(rules);
	const { ref, putAll } = await begin(provider, "hit");
	await putAll(file);
	const { parts } = await provider.listParts(ref, {});
	expect(parts).toHaveLength(3);
	const committed = parts.map(({ partNumber }) => ({ partNumber, receipt: "" }));
	const options = { spec: { key: "hit", size: file.length }, createOnly: true };
	await provider.completeMultipart(ref, committed, options);
	expect((await readBack(provider, "hit"))?.body.equals(file)).toBe(true);
});

test("A list of parts whose answer breaks off three times is temporary, and its error holds no URL", async () => {
	const fault = { name: "fault", effect: { kind: "truncate-response" } } as const;
	const rules = [1, 2, 3].map((nth): FaultRule => ({ fault, method: "GET", nth }));
	const provider = await azurite.connectWith(rules);
	const { ref, putAll } = await begin(provider, "cut");
	await putAll(file);
	const failure = await provider.listParts(ref, {}).catch((error) => error);
	expect(failure).toMatchObject({ name: "UploadError", code: "storage-unavailable" });
	expect(`${failure.stack}${failure.cause}`).not.toContain("sig=");
	expect((await provider.listParts(ref, {})).parts).toHaveLength(3);
});

test("A name that the storage cannot keep is refused before anything is sent", async () => {
	const begun = azurite.connect().createMultipart({ key: "notes.", size: 1 }, { createOnly: true });
	await expect(begun).rejects.toMatchObject({ code: "unsupported" });
});
