import { expect, test } from "vitest";
import { answerOnce, errorOf, make, ref, refusal, scriptStorage } from "./scripted-storage.js";

scriptStorage();

const found = {
	"content-length": "10",
	"content-type": "video/mp4",
	etag: '"abc-2"',
	"x-amz-version-id": "v1",
	"x-amz-meta-skyput-upload": "stamp",
	"x-amz-checksum-crc32": "y/Q5Jg==",
};

test("Looking at an object gives its size, type, identity, upload id and whole-object digests", async () => {
	const seen = answerOnce("HEAD", {}, [
		200,
		"",
		{ ...found, "x-amz-checksum-type": "FULL_OBJECT" },
	]);
	expect(await make().head(ref.key)).toEqual({
		key: ref.key,
		size: 10,
		etag: '"abc-2"',
		version: "v1",
		contentType: "video/mp4",
		metadata: { "skyput-upload": "stamp" },
		uploadId: "stamp",
		checksums: [{ algorithm: "crc32", value: "y/Q5Jg==" }],
	});
	expect(seen[0]?.headers["x-amz-checksum-mode"]).toBe("ENABLED");
});

test("A digest of digests does not pass for one of the object", async () => {
	answerOnce("HEAD", {}, [200, "", { ...found, "x-amz-checksum-type": "COMPOSITE" }]);
	expect((await make().head(ref.key))?.checksums).toEqual([]);
	answerOnce("HEAD", {}, [200, "", found]);
	expect((await make().head(ref.key))?.checksums).toEqual([]);
});

test("A service without checksums is not asked for them", async () => {
	const seen = answerOnce("HEAD", {}, [200, "", found]);
	await make({ compatibility: "ceph" }).head(ref.key);
	expect(seen[0]?.headers["x-amz-checksum-mode"]).toBeUndefined();
});

test("A missing object is null, and one that may not be read is forbidden", async () => {
	answerOnce("HEAD", {}, [404]);
	expect(await make().head(ref.key)).toBeNull();
	answerOnce("HEAD", {}, [403]);
	expect((await errorOf(make().head(ref.key))).code).toBe("forbidden");
});

test("A web page at 200 deletes no object, but 204 or an empty answer does, whatever its type", async () => {
	const page = { "content-type": "text/html" };
	answerOnce("DELETE", {}, [200, "<html>Sign in</html>", page]);
	const { code, message } = await errorOf(make().delete(ref.key));
	expect(code).toBe("storage-error");
	expect(message).toMatch(/other than an S3 storage answered/);
	for (const [status, headers] of [
		[204, page],
		[200, { ...page, "content-length": "0" }],
	] as const) {
		answerOnce("DELETE", {}, [status, "", headers]);
		await make().delete(ref.key);
	}
});

test("A web page at 200 is no object, and the log says where it is", async () => {
	answerOnce("HEAD", {}, [200, "", { "content-type": "text/html", "content-length": "900" }]);
	const { code, message, reason } = await errorOf(make().head(ref.key));
	expect(code).toBe("storage-error");
	expect(message).toMatch(/other than an S3 storage answered.*S3_ENDPOINT.*option endpoint/);
	expect(reason).toMatch(/It answered at s3\.test\.$/);
});

test("A delete pins the etag that was looked at", async () => {
	const seen = answerOnce("DELETE", { versionId: "v1" }, [204]);
	await make().delete(ref.key, { ifMatch: '"abc"', version: "v1" });
	expect(seen[0]?.headers["if-match"]).toBe('"abc"');
	answerOnce("DELETE", {}, [412, refusal("PreconditionFailed")]);
	expect((await errorOf(make().delete(ref.key, { ifMatch: '"abc"' }))).code).toBe("conflict");
	answerOnce("DELETE", {}, [404, refusal("NoSuchKey")]);
	await make().delete(ref.key);
});

test("Where a delete ignores conditions, the object is looked at first", async () => {
	const provider = make({ compatibility: "ceph" });
	answerOnce("HEAD", {}, [200, "", found]);
	await expect(provider.delete(ref.key, { ifMatch: '"other"' })).rejects.toMatchObject({
		code: "conflict",
	});
	answerOnce("HEAD", {}, [200, "", found]);
	const seen = answerOnce("DELETE", {}, [204]);
	await provider.delete(ref.key, { ifMatch: '"abc-2"' });
	expect(seen[0]?.headers["if-match"]).toBeUndefined();
	answerOnce("HEAD", {}, [404]);
	await provider.delete(ref.key, { ifMatch: '"abc-2"' });
});
