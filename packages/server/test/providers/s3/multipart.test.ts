import { expect, test } from "vitest";
import {
	answerOnce,
	completed,
	errorOf,
	make,
	parts,
	ref,
	refusal,
	scriptStorage,
	whole,
	xml,
} from "./scripted-storage.js";

scriptStorage();

const began = xml(
	"<InitiateMultipartUploadResult><UploadId>up/+id</UploadId></InitiateMultipartUploadResult>",
);

test("Creating a multipart upload sets type, metadata, upload id and checksum algorithm", async () => {
	const seen = answerOnce("POST", { uploads: "" }, [200, began]);
	const begun = await make().createMultipart(
		{
			key: ref.key,
			size: null,
			contentType: "video/mp4",
			metadata: { title: "x" },
			cacheControl: "max-age=60",
			contentDisposition: "inline",
			uploadId: "stamp",
		},
		{ createOnly: true, checksum: "crc32" },
	);
	expect(begun).toEqual(ref);
	expect(seen[0]?.headers).toMatchObject({
		"content-type": "video/mp4",
		"cache-control": "max-age=60",
		"content-disposition": "inline",
		"x-amz-meta-title": "x",
		"x-amz-meta-skyput-upload": "stamp",
		"x-amz-checksum-algorithm": "CRC32",
		"x-amz-checksum-type": "FULL_OBJECT",
	});
});

test("An upload that is begun without a digest names no algorithm, which other services would refuse", async () => {
	const seen = answerOnce("POST", { uploads: "" }, [200, began]);
	await make({ compatibility: "ceph" }).createMultipart(
		{ key: ref.key, size: null },
		{ createOnly: true },
	);
	expect(Object.keys(seen[0]?.headers ?? {}).join()).not.toContain("checksum");
});

test.each([
	[200, "<html>Sign in</html>", "text/html"],
	[200, "", "application/xml"],
	[204, "", "application/xml"],
])("A list of parts answered by %i and %j as %s is no list", async (status, body, type) => {
	answerOnce("GET", { uploadId: ref.id }, [status, body, { "content-type": type }]);
	const error = await errorOf(make().listParts(ref, {}));
	expect(error.code).toBe("storage-error");
	expect(error.message).toMatch(/other than an S3 storage answered/);
});

test("A web page at 200 aborts no upload, but 204 does, whatever its type", async () => {
	const page = { "content-type": "text/html; charset=utf-8" };
	answerOnce("DELETE", { uploadId: ref.id }, [200, "<html>Sign in</html>", page]);
	const error = await errorOf(make().abortMultipart(ref));
	expect(error.code).toBe("storage-error");
	expect(error.message).toMatch(/other than an S3 storage answered/);
	answerOnce("DELETE", { uploadId: ref.id }, [204, "", page]);
	await make().abortMultipart(ref);
});

test("A web page at 200 begins no upload", async () => {
	answerOnce("POST", { uploads: "" }, [200, "<html>Console", { "content-type": "text/html" }]);
	const options = { createOnly: false };
	const error = await errorOf(make().createMultipart({ key: ref.key, size: null }, options));
	expect(error.code).toBe("storage-error");
	expect(error.message).toMatch(/other than an S3 storage answered/);
});

test("A digest that the storage does not keep over parts is unsupported", async () => {
	const spec = { key: ref.key, size: null };
	for (const [provider, checksum] of [
		[make(), "sha256"],
		[make(), "md5"],
		[make({ compatibility: "ceph" }), "crc32"],
		// a correction cannot make S3 combine what it cannot
		[make({ capabilities: { checksums: { object: ["sha256"] } } }), "sha256"],
	] as const) {
		await expect(
			provider.createMultipart(spec, { createOnly: false, checksum }),
		).rejects.toMatchObject({
			code: "unsupported",
		});
		const complete = provider.completeMultipart(ref, parts, {
			spec: { key: ref.key, size: 10 },
			createOnly: false,
			checksum: { algorithm: checksum, value: "AAAA" },
		});
		await expect(complete).rejects.toMatchObject({ code: "unsupported" });
	}
});

test("A storage without multipart uploads says so before it is asked", async () => {
	const provider = make({ capabilities: { multipart: false } });
	await expect(
		provider.createMultipart({ key: "k", size: null }, { createOnly: true }),
	).rejects.toMatchObject({
		code: "unsupported",
	});
});

const page = (numbers: readonly number[], truncated: boolean, marker: number): string =>
	xml(
		`<ListPartsResult><IsTruncated>${truncated}</IsTruncated><NextPartNumberMarker>${marker}</NextPartNumberMarker>${numbers
			.map(
				(n) =>
					`<Part><PartNumber>${n}</PartNumber><Size>5</Size><ETag>"${n}"</ETag><ChecksumCRC32>AAAA${n}A==</ChecksumCRC32></Part>`,
			)
			.join("")}</ListPartsResult>`,
	);

test("Paging ends although the last page of AWS names the part number marker 0", async () => {
	answerOnce("GET", { uploadId: ref.id }, [200, page([1, 2], true, 2)]);
	answerOnce("GET", { uploadId: ref.id, "part-number-marker": "2" }, [200, page([3], false, 0)]);
	const provider = make();
	const first = await provider.listParts(ref, {});
	expect(first.next).toBe(2);
	expect(first.parts[0]).toEqual({
		partNumber: 1,
		size: 5,
		receipt: '"1"',
		checksum: { algorithm: "crc32", value: "AAAA1A==" },
	});
	const last = await provider.listParts(ref, { after: 2 });
	expect(last).toEqual({ parts: [expect.objectContaining({ partNumber: 3 })] });
	expect("next" in last).toBe(false);
});

test.each([
	["the same parts again", [1, 2]],
	["no parts at all", []],
])("A truncated page with %s is an error, not a list without end", async (_, numbers) => {
	answerOnce("GET", { "part-number-marker": "2" }, [200, page(numbers, true, 0)]);
	await expect(make().listParts(ref, { after: 2 })).rejects.toMatchObject({
		code: "storage-error",
	});
});

test("An upload without parts has an empty list", async () => {
	answerOnce("GET", {}, [200, page([], false, 0)]);
	expect(await make().listParts(ref, {})).toEqual({ parts: [] });
});

test.each(["NoSuchUpload", "NoSuchKey"])(
	"%s means that the upload is gone, whatever is asked about it",
	async (code) => {
		const provider = make();
		answerOnce("GET", {}, [404, refusal(code)]);
		expect((await errorOf(provider.listParts(ref, {}))).code).toBe("upload-not-found");
		answerOnce("POST", {}, [404, refusal(code)]);
		const complete = provider.completeMultipart(ref, parts, whole);
		expect((await errorOf(complete)).code).toBe("upload-not-found");
		answerOnce("DELETE", {}, [404, refusal(code)]);
		await provider.abortMultipart(ref);
	},
);

test("Completion sends the parts in order, the total, the condition and the digest of the whole", async () => {
	const members =
		'<ETag>"abc-2"</ETag><ChecksumCRC32>y/Q5Jg==</ChecksumCRC32><ChecksumType>FULL_OBJECT</ChecksumType>';
	const seen = answerOnce("POST", { uploadId: ref.id }, [
		200,
		completed(members),
		{ "x-amz-version-id": "v1" },
	]);
	const checksum = { algorithm: "crc32", value: "y/Q5Jg==" } as const;
	expect(await make().completeMultipart(ref, parts, { ...whole, checksum })).toEqual({
		key: ref.key,
		size: 10,
		etag: '"abc-2"',
		version: "v1",
		checksums: [checksum],
	});
	expect(seen[0]?.headers).toMatchObject({
		"if-none-match": "*",
		"x-amz-mp-object-size": "10",
		"x-amz-checksum-crc32": "y/Q5Jg==",
		"x-amz-checksum-type": "FULL_OBJECT",
	});
	expect(seen[0]?.body.match(/<PartNumber>\d|<ETag>[^<]*/g)).toEqual([
		"<ETag>&quot;one&quot;",
		"<PartNumber>1",
		"<ETag>&quot;two&quot;",
		"<PartNumber>2",
	]);
});

test("A service that checks no total is sent none, and an empty ETag is left out", async () => {
	const seen = answerOnce("POST", {}, [200, completed("<ETag></ETag>")]);
	const free = { ...whole, createOnly: false };
	const info = await make({ compatibility: "ceph" }).completeMultipart(ref, parts, free);
	expect(info).toEqual({ key: ref.key, size: 10, checksums: [] });
	expect(Object.keys(seen[0]?.headers ?? {}).join()).not.toMatch(/mp-object-size|if-none-match/);
});

test("An internal error at completion is examined: Ceph 16 answers so for a missing upload", async () => {
	const provider = make();
	answerOnce("POST", {}, [500, refusal("InternalError")], 3);
	answerOnce("GET", { uploadId: ref.id }, [404, refusal("NoSuchKey")]);
	const missing = await errorOf(provider.completeMultipart(ref, parts, whole));
	expect(missing.code).toBe("upload-not-found");
	answerOnce("POST", {}, [500, refusal("InternalError")], 3);
	answerOnce("GET", { uploadId: ref.id }, [200, page([1], false, 0)]);
	const there = await errorOf(provider.completeMultipart(ref, parts, whole));
	expect(there.code).toBe("storage-unavailable");
	// a role that may not list learns nothing more
	answerOnce("POST", {}, [500, refusal("InternalError")], 3);
	answerOnce("GET", { uploadId: ref.id }, [403, refusal("AccessDenied")]);
	const unknown = await errorOf(provider.completeMultipart(ref, parts, whole));
	expect(unknown.code).toBe("storage-unavailable");
});

test("Create-only is not asked of a service that would ignore it", async () => {
	const complete = make({ compatibility: "ceph" }).completeMultipart(ref, parts, whole);
	await expect(complete).rejects.toMatchObject({ code: "unsupported" });
});

test("Aborting is silent about what it did, but not about a refusal", async () => {
	answerOnce("DELETE", { uploadId: ref.id }, [204]);
	await make().abortMultipart(ref);
	answerOnce("DELETE", {}, [403, refusal("AccessDenied")]);
	expect((await errorOf(make().abortMultipart(ref))).code).toBe("forbidden");
	answerOnce("DELETE", {}, [404, refusal("NoSuchBucket")]);
	expect((await errorOf(make().abortMultipart(ref))).code).toBe("storage-error");
});
