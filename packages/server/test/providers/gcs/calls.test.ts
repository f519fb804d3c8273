import { inspect } from "node:util";
import nock from "nock";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { UploadError } from "../../../src/errors.js";
import type { PresignProvider } from "../../../src/provider.js";
import { gcsProvider } from "../../../src/providers/gcs/provider.js";
import { all } from "../azure/azurite.js";

// What the server makes of Google's answers, and what it never tells.

const token = "ya29.secret-access-token";
const provider = (getToken = async () => token): PresignProvider =>
	gcsProvider({
		bucket: "my-bucket",
		credentials: { client_email: "a@b", sign: async () => "c2lnbmF0dXJl", getToken },
	});
const storage = () => nock("https://storage.googleapis.com");
const ref = { key: "k", id: "upload" };
const spec = { key: "k", size: 5 };

beforeAll(() => nock.disableNetConnect());
afterAll(() => nock.enableNetConnect());
afterEach(() => {
	nock.cleanAll();
	vi.restoreAllMocks();
});

const xml = (code: string): string =>
	`<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>m</Message></Error>`;

async function failureOf(call: Promise<unknown>): Promise<UploadError> {
	const error = await call.then(
		() => "no error",
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(UploadError);
	const shown = inspect(error, { depth: 9 });
	expect(shown).not.toContain(token);
	expect(shown).not.toMatch(/X-Goog-Signature|Bearer/);
	return error as UploadError;
}

test.each([
	[404, "NoSuchUpload", "upload-not-found"],
	[404, "NoSuchBucket", "storage-error"],
	[400, "InvalidPart", "invalid-parts"],
	[400, "InvalidPartOrder", "invalid-parts"],
	[400, "EntityTooSmall", "invalid-parts"],
	[400, "InvalidArgument", "storage-error"],
	[401, "AuthenticationRequired", "forbidden"],
	[403, "AccessDenied", "forbidden"],
	[403, "SignatureDoesNotMatch", "forbidden"],
	[501, "NotImplemented", "unsupported"],
])("%d %s of a commit becomes %s", async (status, code, expected) => {
	storage().post("/my-bucket/k").query(true).reply(status, xml(code));
	const commit = provider().completeMultipart(ref, [], { spec, createOnly: false });
	const error = await failureOf(commit);
	expect(error.code).toBe(expected);
	expect(error.message).toMatch(/^Could not complete the upload\. /);
});

test.each([408, 429, 500, 503])(
	"%d is repeated, and then the storage counts as busy",
	async (status) => {
		vi.spyOn(Math, "random").mockReturnValue(-1);
		const scope = storage().get("/my-bucket/k").query(true).times(3).reply(status, xml("Busy"));
		const error = await failureOf(provider().listParts(ref, {}));
		expect(error).toMatchObject({ code: "storage-unavailable", retryAfter: 1 });
		expect(scope.isDone()).toBe(true);
	},
);

test("a call that fails once succeeds at the second attempt", async () => {
	vi.spyOn(Math, "random").mockReturnValue(-1);
	storage().get("/my-bucket/k").query(true).replyWithError("socket hang up");
	storage().get("/my-bucket/k").query(true).reply(200, "<ListPartsResult></ListPartsResult>");
	expect(await provider().listParts(ref, {})).toEqual({ parts: [] });
});

test("a web page at 200 deletes no object and aborts no upload", async () => {
	const page = { "content-type": "text/html; charset=utf-8" };
	for (const call of ["delete", "abortMultipart"] as const) {
		storage().delete("/my-bucket/k").query(true).reply(200, "<html>Sign in</html>", page);
		const { delete: deleteObject, abortMultipart } = provider();
		const error = await failureOf(call === "delete" ? deleteObject("k") : abortMultipart(ref));
		expect(error.code).toBe("storage-error");
		expect(error.reason).toContain("check the option endpoint");
		storage().delete("/my-bucket/k").query(true).reply(204, "", page);
		await (call === "delete" ? deleteObject("k") : abortMultipart(ref));
	}
});

test("a web page at 200 is no object, no list and no commit", async () => {
	const page = { "content-type": "text/html; charset=utf-8", etag: '"page"' };
	const html = "<html>Sign in</html>";
	storage().head("/my-bucket/k").reply(200, "", page);
	expect((await failureOf(provider().head("k"))).code).toBe("storage-error");
	for (const [body, headers] of [
		[html, page],
		["", {}],
	] as const) {
		storage().get("/my-bucket/k").query(true).reply(200, body, headers);
		expect((await failureOf(provider().listParts(ref, {}))).code).toBe("storage-error");
	}
	for (const [body, headers] of [
		[html, page],
		["", {}],
	] as const) {
		storage().get("/my-bucket").query(true).twice().reply(200, body, headers);
		const { maintenance } = provider();
		for (const list of [maintenance?.listObjects(""), maintenance?.listUploads("")]) {
			expect((await failureOf(all<unknown>(list))).code).toBe("storage-error");
		}
	}
	vi.spyOn(Math, "random").mockReturnValue(-1);
	for (const [body, headers] of [
		[html, page],
		['{"ok":true}', {}],
	] as const) {
		nock.cleanAll();
		storage().post("/my-bucket/k").query(true).times(3).reply(200, body, headers);
		const commit = provider().completeMultipart(ref, [], { spec, createOnly: false });
		expect(await failureOf(commit)).toMatchObject({ code: "storage-unavailable", retryAfter: 1 });
	}
});

test("an error inside of a success counts as an error", async () => {
	storage().post("/my-bucket/k").query(true).reply(200, xml("InvalidPart"));
	const commit = provider().completeMultipart(ref, [], { spec, createOnly: false });
	expect((await failureOf(commit)).code).toBe("invalid-parts");
});

test.each([
	["ahead", -20],
	["behind", 20],
])("a refusal names the server's clock that is %s", async (direction, minutes) => {
	const date = new Date(Date.now() + minutes * 60_000).toUTCString();
	storage().head("/my-bucket/k").reply(403, "", { date });
	const error = await failureOf(provider().head("k"));
	expect(error.code).toBe("storage-error");
	expect(error.message).toContain(`The server's clock is 20 minutes ${direction}`);
});

test("a missing bucket is told from a missing object, by one more call in the life of a provider", async () => {
	const gcs = provider();
	storage().head("/my-bucket/k").times(3).reply(404);
	storage().get("/my-bucket/k").reply(404, xml("NoSuchBucket"));
	const error = await failureOf(gcs.head("k"));
	expect(error).toMatchObject({ code: "storage-error" });
	expect(error.reason).toContain("my-bucket");
	storage().get("/my-bucket/k").matchHeader("range", "bytes=0-0").reply(404, xml("NoSuchKey"));
	expect([await gcs.head("k"), await gcs.head("k")]).toEqual([null, null]);
	expect(nock.isDone()).toBe(true);
});

test("an upload does not begin where the server's clock is wrong, although the token is right", async () => {
	const date = new Date(Date.now() + 20 * 60_000).toUTCString();
	const answer = "<R><UploadId>upload</UploadId></R>";
	storage().post("/my-bucket/k").query(true).reply(200, answer, { date });
	const error = await failureOf(provider().createMultipart(spec, { createOnly: false }));
	expect(error.message).toContain("The server's clock is 20 minutes behind");
	storage().head("/my-bucket/k").reply(404, "", { date });
	expect((await failureOf(provider().head("k"))).message).toContain("20 minutes behind");
});

test("what the storage cannot keep or refuse is refused before anything is sent", async () => {
	const gcs = provider();
	const options = { expiresIn: 60, createOnly: false };
	const checksum = { algorithm: "sha256", value: "a" } as const;
	const calls = [
		gcs.signUpload({ ...spec, tags: { owner: "me" } }, options),
		gcs.signUpload(spec, { ...options, checksum }),
		gcs.signParts(ref, { first: 1, count: 1, partSize: 1 }, { ...options, partChecksum: "crc32c" }),
		gcs.createMultipart(spec, { createOnly: true }),
		gcs.createMultipart(spec, { createOnly: false, checksum: "crc32c" }),
		gcs.completeMultipart(ref, [], { spec, createOnly: true }),
	];
	for (const call of calls) expect((await failureOf(call)).code).toBe("unsupported");
});

test("a refusal of the credentials says in the log what to check, and to the caller nothing", async () => {
	storage().head("/my-bucket/k").reply(403);
	const error = await failureOf(provider().head("k"));
	expect(error).toMatchObject({ code: "forbidden" });
	expect(error.message).not.toContain("docs/gcs.md");
	expect(error.reason).toContain("docs/gcs.md");
});

test("a getToken or sign that throws counts as an unavailable storage", async () => {
	vi.spyOn(Math, "random").mockReturnValue(-1);
	const failing = async (): Promise<never> => {
		throw new Error("metadata server");
	};
	expect((await failureOf(provider(failing).head("k"))).code).toBe("storage-unavailable");
	const credentials = { client_email: "a@b", sign: failing, getToken: async () => token };
	const signed = gcsProvider({ bucket: "my-bucket", credentials }).signDownload("k", {
		expiresIn: 60,
	});
	expect((await failureOf(signed)).code).toBe("storage-unavailable");
});

test("a getToken that returns no string sends no request, and the log says so", async () => {
	vi.spyOn(Math, "random").mockReturnValue(-1);
	for (const token of [undefined, null, "", { token: "abc" }]) {
		const getToken = (async () => token) as unknown as () => Promise<string>;
		const error = await failureOf(provider(getToken).head("k"));
		expect(error.code).toBe("storage-unavailable");
		expect(error.reason).toContain("getToken must return the token as a string, not ");
	}
});

test("an answer that quotes what it was sent is not repeated in the error", async () => {
	const echo = `<Error><Code>https://x/?X-Goog-Signature=abc Bearer ${token}</Code></Error>`;
	storage().head("/my-bucket/k").reply(400);
	storage().delete("/my-bucket/k").reply(400, echo);
	expect((await failureOf(provider().head("k"))).message).toContain("answered 400");
	expect((await failureOf(provider().delete("k"))).message).toContain("answered 400");
});

test("a list of parts that does not advance ends", async () => {
	const page = `<ListPartsResult><IsTruncated>true</IsTruncated></ListPartsResult>`;
	storage().get("/my-bucket/k").query(true).reply(200, page);
	expect((await failureOf(provider().listParts(ref, {}))).message).toMatch(/does not advance/);
});

test("a list of parts is read with escaped and plain quotes around its ETags", async () => {
	const part = (n: number, etag: string): string =>
		`<Part><PartNumber>${n}</PartNumber><ETag>${etag}</ETag><Size>7</Size></Part>`;
	const listed = `${part(1, "&quot;a&quot;")}${part(2, '"b"')}${part(3, "&#34;c&#x22;")}`;
	const answer = `<ListPartsResult xmlns="x">${listed}</ListPartsResult>`;
	storage().get("/my-bucket/k").query(true).reply(200, answer);
	const { parts } = await provider().listParts(ref, {});
	expect(parts.map(({ receipt }) => receipt)).toEqual(['"a"', '"b"', '"c"']);
	expect(parts.every(({ size }) => size === 7)).toBe(true);
});

test("XML that the storage labels as HTML is its answer", async () => {
	const html = { "content-type": "text/html; charset=UTF-8" };
	const head = "<?xml version='1.0' encoding='UTF-8'?>";
	storage()
		.get("/my-bucket/k")
		.query(true)
		.reply(200, `${head}<ListPartsResult></ListPartsResult>`, html);
	expect(await provider().listParts(ref, {})).toEqual({ parts: [] });
	const completed = "<CompleteMultipartUploadResult><ETag>1</ETag></CompleteMultipartUploadResult>";
	storage().post("/my-bucket/k").query(true).reply(200, `${head}\n${completed}`, html);
	const commit = provider().completeMultipart(ref, [], { spec, createOnly: false });
	expect(await commit).toMatchObject({ etag: "1" });
});

test("an object that is stored with gzip has the size that is stored", async () => {
	storage()
		.head("/my-bucket/k")
		.matchHeader("accept-encoding", "gzip")
		.reply(200, "", { "x-goog-stored-content-length": "31", "x-goog-generation": "9" });
	expect(await provider().head("k")).toMatchObject({ size: 31, version: "9" });
});

test("a list that begins again at the same marker, or names none, fails", async () => {
	const token = "<NextContinuationToken>t</NextContinuationToken>";
	const page = (next: string): string =>
		`<ListBucketResult><IsTruncated>true</IsTruncated>${next}</ListBucketResult>`;
	for (const [next, times] of [
		[token, 2],
		["", 1],
	] as const) {
		const scope = storage().get("/my-bucket").query(true).times(times).reply(200, page(next));
		const error = await failureOf(all(provider().maintenance?.listObjects("")));
		expect(error).toMatchObject({ code: "storage-error" });
		expect(scope.isDone()).toBe(true);
	}
});
