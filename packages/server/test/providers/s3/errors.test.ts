import nock from "nock";
import { expect, onTestFinished, test, vi } from "vitest";
import {
	answerOnce,
	completed,
	endpoint,
	errorOf,
	make,
	parts,
	path,
	ref,
	refusal,
	scriptStorage,
	whole,
} from "./scripted-storage.js";

scriptStorage();

test.each([
	["PreconditionFailed", "already-exists"],
	["ConditionalRequestConflict", "conflict"],
	["NoSuchUpload", "upload-not-found"],
	["InvalidPart", "invalid-parts"],
	["BadDigest", "checksum-mismatch"],
	["ServiceUnavailable", "storage-unavailable"],
	["SlowDown", "storage-unavailable"],
	["SomethingNew", "storage-unavailable"],
] as const)("An error %s inside of a 200 answer is %s", async (code, meaning) => {
	// the SDK takes it for a 503 and tries three times
	answerOnce("POST", {}, [200, refusal(code)], 3);
	const error = await errorOf(make().completeMultipart(ref, parts, whole));
	expect(error.code).toBe(meaning);
	expect(error.retryAfter).toBe(meaning === "storage-unavailable" ? 1 : undefined);
});

test.each([
	[412, "PreconditionFailed", "already-exists"],
	[409, "ConditionalRequestConflict", "conflict"],
	[400, "InvalidPart", "invalid-parts"],
	[400, "InvalidPartOrder", "invalid-parts"],
	[400, "EntityTooSmall", "invalid-parts"],
	[400, "InvalidRequest", "invalid-parts"],
	[400, "BadDigest", "checksum-mismatch"],
	[403, "AccessDenied", "forbidden"],
	[403, "SignatureDoesNotMatch", "forbidden"],
	[404, "NoSuchBucket", "storage-error"],
	[301, "PermanentRedirect", "storage-error"],
	[501, "NotImplemented", "unsupported"],
] as const)("Status %i with %s is %s", async (status, code, meaning) => {
	answerOnce("POST", {}, [status, refusal(code)]);
	expect((await errorOf(make().completeMultipart(ref, parts, whole))).code).toBe(meaning);
});

test("A busy storage is asked again, by the SDK", async () => {
	answerOnce("POST", {}, [503, refusal("SlowDown")]);
	answerOnce("POST", {}, [200, completed('<ETag>"abc-2"</ETag>')]);
	expect((await make().completeMultipart(ref, parts, whole)).etag).toBe('"abc-2"');
});

test.each([408, 429])(
	"A HEAD that ends in %i, which tells no code, may be repeated",
	async (status) => {
		// the SDK repeats some of them
		answerOnce("HEAD", {}, [status], 3);
		const error = await errorOf(make().head(ref.key));
		nock.cleanAll();
		expect(error).toMatchObject({ code: "storage-unavailable", retryAfter: 1 });
	},
);

test("A broken connection makes the storage unavailable, a broken set-up does not", async () => {
	const fail = (code: string): void => {
		nock(endpoint)
			.head(path)
			.times(3)
			.replyWithError(Object.assign(new Error(`${code} 10.0.0.1:443`), { code }));
	};
	fail("ECONNREFUSED");
	expect(await errorOf(make().head(ref.key))).toMatchObject({
		code: "storage-unavailable",
		message: expect.stringContaining("cannot reach the storage"),
		// hosts of the server's network are not for the client
		reason: expect.stringMatching(/ECONNREFUSED 10\.0\.0\.1:443: check .*region.*S3_ENDPOINT/),
	});
	nock.cleanAll();
	// what Node throws for a name with several addresses
	const each = [
		new Error("connect ECONNREFUSED ::1:443"),
		new Error("connect ECONNREFUSED 127.0.0.1:443"),
	];
	const all = Object.assign(new AggregateError(each, ""), { code: "ECONNREFUSED" });
	nock(endpoint).head(path).times(3).replyWithError(all);
	expect((await errorOf(make().head(ref.key))).reason).toMatch(/ECONNREFUSED ::1:443: check/);
	nock.cleanAll();
	fail("DEPTH_ZERO_SELF_SIGNED_CERT");
	expect((await errorOf(make().head(ref.key))).code).toBe("storage-error");
	nock.cleanAll();
});

test.each([
	["at an address that refuses", { code: "ECONNREFUSED" }],
	["in time", { name: "TimeoutError" }],
	["at all", { name: "CredentialsProviderError" }],
])("Where the credentials cannot be fetched %s, the storage is not blamed", async (_, members) => {
	const fault = Object.assign(new Error("connect ECONNREFUSED 169.254.170.2:80"), members);
	const provider = make({ credentials: () => Promise.reject(fault) });
	const begin = () => provider.createMultipart(whole.spec, { createOnly: true });
	for (const call of [() => provider.head(ref.key), begin]) {
		const error = await errorOf(call());
		expect(error).toMatchObject({ code: "storage-unavailable", retryAfter: 5, cause: fault });
		expect(error.message).toBe(
			"The server has no credentials for the storage at the moment. Its option credentials failed: see the log.",
		);
	}
});

test("A credential function gets what the SDK tells it, such as the region of STS", async () => {
	const credentials = vi.fn(async () => ({ accessKeyId: "a", secretAccessKey: "b" }));
	await errorOf(make({ credentials }).head(ref.key));
	const clientOf = expect.objectContaining({ region: expect.any(Function) });
	expect(credentials).toHaveBeenCalledWith(
		expect.objectContaining({ callerClientConfig: clientOf }),
	);
});

test("Where neither variables nor a role give credentials, a call names them", async () => {
	const folder = { AWS_CONFIG_FILE: "/none", AWS_SHARED_CREDENTIALS_FILE: "/none" };
	const variables = { ...folder, AWS_PROFILE: "none", AWS_EC2_METADATA_DISABLED: "true" };
	for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
	onTestFinished(() => void vi.unstubAllEnvs());
	const { message } = await errorOf(make({ credentials: undefined }).head(ref.key));
	expect(message).toMatch(/no credentials for the storage.*AWS_ACCESS_KEY_ID.*role/);
});
