import nock from "nock";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UploadError } from "../../../src/errors.js";
import { azureProvider } from "../../../src/providers/azure/provider.js";

const accountKey = Buffer.alloc(64, 7).toString("base64");
const provider = azureProvider({ account: "media", container: "uploads", accountKey });
const storage = () => nock("https://media.blob.core.windows.net");

beforeEach(() => {
	nock.disableNetConnect();
});
afterEach(() => {
	nock.cleanAll();
});

const failureOf = async (call: Promise<unknown>): Promise<UploadError> => {
	const error = await call.then(
		() => new Error("it did not fail"),
		(thrown: unknown) => thrown,
	);
	expect(error).toBeInstanceOf(UploadError);
	return error as UploadError;
};

const said = (error: UploadError): string =>
	[error.message, error.reason, String(error.cause), error.stack].join("\n");

test.each([
	[403, "AuthenticationFailed", "forbidden", "accountKey of azureProvider is wrong"],
	[403, "AuthorizationPermissionMismatch", "forbidden", "Storage Blob Data Contributor"],
	[403, "KeyBasedAuthenticationNotPermitted", "forbidden", "allowSharedKeyAccess"],
	[403, "", "forbidden", "a firewall"],
	[409, "BlobImmutableDueToPolicy", "forbidden", "immutability policy"],
	[404, "ContainerNotFound", "storage-error", "Correct the option container"],
	[403, "CannotVerifyCopySource", "forbidden", "network rules"],
	[500, "CannotVerifyCopySource", "storage-unavailable", "Try again"],
	[412, "ConditionNotMet", "conflict", "Another write"],
	[409, "LeaseIdMissing", "conflict", "Another write"],
	[503, "ServerBusy", "storage-unavailable", "Try again"],
	[500, "OperationTimedOut", "storage-unavailable", "Try again"],
	[400, "InvalidHeaderValue", "storage-error", "The storage answered InvalidHeaderValue (400)."],
	[400, "<script>", "storage-error", "The storage answered 400."],
] as const)("%i %s is %s, and the log says what to do", async (status, name, code, words) => {
	storage()
		.delete(/./)
		.query(true)
		.reply(status, name && `<Error><Code>${name}</Code></Error>`, { "x-ms-error-code": name });
	const failure = await failureOf(provider.delete("a.txt"));
	expect(failure.code).toBe(code);
	expect(failure.reason).toContain(words);
	expect(said(failure)).not.toMatch(/sig=|blob\.core/);
});

test("A web page at 200 deletes no object", async () => {
	storage().delete(/./).query(true).reply(200, "<html>Sign in", { "content-type": "text/html" });
	const failure = await failureOf(provider.delete("a.txt"));
	expect(failure.code).toBe("storage-error");
	expect(failure.message).toContain("Check the option endpoint");
});

test("A web page at 200 is no object, no list and no commit", async () => {
	const page = { "content-type": "text/html", etag: '"page"' };
	const html = "<html>Sign in";
	storage().head(/./).query(true).reply(200, "", page);
	expect((await failureOf(provider.head("a.txt"))).code).toBe("storage-error");
	const ref = { key: "a.txt", id: "up" };
	for (const [body, headers] of [
		[html, page],
		["", {}],
	] as const) {
		storage().get(/./).query(true).reply(200, body, headers);
		expect((await failureOf(provider.listParts(ref, {}))).code).toBe("storage-error");
	}
	storage().put(/./).query(true).times(3).reply(200, html, page);
	const empty = { spec: { key: "a.txt", size: 0 }, createOnly: false };
	expect(await failureOf(provider.completeMultipart(ref, [], empty))).toMatchObject({
		code: "storage-unavailable",
		retryAfter: 1,
	});
});

test("A clock that is wrong is named, with how far", async () => {
	const date = new Date(Date.now() - 20 * 60_000).toUTCString();
	storage()
		.head(/./)
		.query(true)
		.reply(403, "", { "x-ms-error-code": "AuthenticationFailed", date });
	expect(await failureOf(provider.head("a.txt"))).toMatchObject({
		code: "storage-error",
		message: expect.stringContaining("20 minutes ahead of"),
	});
});

test("A broken connection is temporary, and its error holds no URL", async () => {
	storage().head(/./).query(true).replyWithError(new Error("getaddrinfo ENOTFOUND"));
	const failure = await failureOf(provider.head("a.txt"));
	expect(failure).toMatchObject({ code: "storage-unavailable", retryAfter: 1 });
	expect(said(failure)).not.toContain("sig=");
});

test("A redirect is not followed: the signature would go to another host", async () => {
	storage().head(/./).query(true).reply(307, "", { location: "https://evil.example/" });
	expect(await failureOf(provider.head("a.txt"))).toMatchObject({ code: "storage-unavailable" });
});

test("Deleting what is not there, and looking at it, are no errors", async () => {
	storage().delete(/./).query(true).reply(404, "", { "x-ms-error-code": "BlobNotFound" });
	storage().head(/./).query(true).reply(404, "", { "x-ms-error-code": "BlobNotFound" });
	await expect(provider.delete("a.txt")).resolves.toBeUndefined();
	await expect(provider.head("a.txt")).resolves.toBeNull();
});

test("Aborting an upload that another call aborts at the same time is no error", async () => {
	storage().put(/./).query(true).reply(201);
	storage().delete(/./).query(true).reply(404, "", { "x-ms-error-code": "BlobNotFound" });
	await expect(provider.abortMultipart({ key: "a.txt", id: "up" })).resolves.toBeUndefined();
	expect(nock.pendingMocks()).toEqual([]);
});
