import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PresignProvider } from "../../../src/provider.js";
import type { S3Credentials } from "../../../src/providers/s3/credentials.js";
import type { S3ProviderOptions } from "../../../src/providers/s3/options.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";

const now = new Date("2026-03-01T12:00:00.750Z");
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const session = { ...keys, sessionToken: "token" };
const make = (credentials: S3ProviderOptions["credentials"]): PresignProvider =>
	s3Provider({ bucket: "my-bucket", region: "eu-west-1", credentials });
const endingIn = (seconds: number): S3Credentials => ({
	...session,
	expiration: new Date(now.getTime() + seconds * 1_000),
});
const spec = { key: "k", size: 1 };

async function life(credentials: S3ProviderOptions["credentials"], expiresIn: number) {
	const request = await make(credentials).signUpload(spec, { expiresIn, createOnly: false });
	// what the reply says is what the URL says
	const query = new URL(request.url).searchParams;
	expect(query.get("X-Amz-Expires")).toBe(String(request.expiresIn));
	expect(query.get("X-Amz-Date")).toBe("20260301T120000Z");
	expect(Date.parse(request.expiresAt)).toBe(
		Date.parse("2026-03-01T12:00:00Z") + request.expiresIn * 1_000,
	);
	return request.expiresIn;
}

beforeEach(() => {
	vi.useFakeTimers({ toFake: ["Date"], now });
});
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllEnvs();
});

test.each([Number.NaN, 0, -1, 1.5, Number.POSITIVE_INFINITY, 604_801])(
	"An expiry of %s seconds is refused before anything is signed",
	async (expiresIn) => {
		const credentials = vi.fn(async () => keys);
		const provider = make(credentials);
		const ref = { key: "k", id: "id" };
		for (const call of [
			provider.signUpload(spec, { expiresIn, createOnly: false }),
			provider.signParts(ref, { first: 1, count: 1, partSize: 1 }, { expiresIn }),
			provider.signDownload("k", { expiresIn }),
		]) {
			await expect(call).rejects.toThrow(RangeError);
			await expect(call).rejects.toThrow(/whole number from 1 to 604800/);
		}
		expect(credentials).not.toHaveBeenCalled();
	},
);

test("Lasting keys give what is asked, up to seven days", async () => {
	expect(await life(keys, 1)).toBe(1);
	expect(await life(keys, 604_800)).toBe(604_800);
});

test("Session credentials that do not say their end give an hour at most", async () => {
	expect(await life(session, 300)).toBe(300);
	expect(await life(session, 604_800)).toBe(3_600);
});

test("A URL ends a minute before its credentials do", async () => {
	expect(await life(endingIn(600), 300)).toBe(300);
	expect(await life(endingIn(600), 3_600)).toBe(540);
	expect(await life(endingIn(30 * 86_400), 604_800)).toBe(604_800);
});

test("A lower ceiling of the storage holds as well", async () => {
	const provider = s3Provider({
		bucket: "my-bucket",
		region: "eu-west-1",
		credentials: keys,
		capabilities: { signing: { maxExpiresIn: 900 } },
	});
	expect((await provider.signDownload("k", { expiresIn: 3_600 })).expiresIn).toBe(900);
});

test("Credentials with less than a minute left are fetched once more", async () => {
	const credentials = vi
		.fn<(options?: object) => Promise<S3Credentials>>()
		.mockResolvedValueOnce(endingIn(59))
		.mockResolvedValue(endingIn(3_600));
	expect(await life(credentials, 300)).toBe(300);
	expect(credentials.mock.calls).toEqual([[{}], [{ forceRefresh: true }]]);
});

test("Credentials that stay at their end make the storage unavailable, not a dead URL", async () => {
	const credentials = vi.fn(async () => endingIn(60));
	await expect(life(credentials, 300)).rejects.toMatchObject({
		code: "storage-unavailable",
		retryAfter: 5,
	});
	expect(credentials).toHaveBeenCalledTimes(2);
	await expect(life(endingIn(-1), 300)).rejects.toMatchObject({ code: "storage-unavailable" });
});

test("Credentials that name their end are kept until five minutes before it", async () => {
	const credentials = vi.fn(async () => endingIn(3_600));
	const provider = make(credentials);
	await provider.signDownload("k", { expiresIn: 60 });
	vi.setSystemTime(now.getTime() + 3_299_000);
	await provider.signDownload("k", { expiresIn: 60 });
	expect(credentials).toHaveBeenCalledTimes(1);
	vi.setSystemTime(now.getTime() + 3_300_000);
	await provider.signDownload("k", { expiresIn: 60 });
	expect(credentials).toHaveBeenCalledTimes(2);
});

test("One fetch of credentials serves all that wait for it", async () => {
	const credentials = vi.fn(async () => endingIn(3_600));
	const provider = make(credentials);
	await Promise.all([1, 2, 3].map(() => provider.signDownload("k", { expiresIn: 60 })));
	expect(credentials).toHaveBeenCalledTimes(1);
});

test("A credential function that fails makes the storage unavailable, and works again later", async () => {
	const secret = "the vault says: token s.abc is bad";
	const credentials = vi
		.fn<() => Promise<S3Credentials>>()
		.mockRejectedValueOnce(new Error(secret))
		.mockImplementationOnce(() => {
			throw new Error(secret);
		})
		.mockResolvedValueOnce({ accessKeyId: "A" } as S3Credentials)
		.mockResolvedValue(keys);
	const provider = make(credentials);
	for (const _ of ["rejected", "thrown at once", "incomplete"]) {
		const error = await provider.signDownload("k", { expiresIn: 60 }).catch((reason) => reason);
		expect(error).toMatchObject({ name: "UploadError", code: "storage-unavailable" });
		expect(error.message).not.toContain(secret);
	}
	expect((await provider.signDownload("k", { expiresIn: 60 })).expiresIn).toBe(60);
});

test("Without an option the environment gives the credentials, and their end", async () => {
	vi.stubEnv("AWS_PROFILE", "");
	vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDENV");
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", "env-secret");
	vi.stubEnv("AWS_SESSION_TOKEN", "env token");
	vi.stubEnv("AWS_CREDENTIAL_EXPIRATION", "2026-03-01T12:10:00Z");
	const provider = make(undefined);
	const { url, expiresIn } = await provider.signDownload("k", { expiresIn: 900 });
	expect(new URL(url).searchParams.get("X-Amz-Credential")).toMatch(/^AKIDENV\//);
	expect(url).toContain("X-Amz-Security-Token=env%20token");
	expect(expiresIn).toBe(540);
	// Lambda does not tell the end
	vi.stubEnv("AWS_CREDENTIAL_EXPIRATION", "");
	expect((await provider.signDownload("k", { expiresIn: 86_400 })).expiresIn).toBe(3_600);
});

test("SigningParameters credentials sign in place of those that make the control calls", async () => {
	const provider = s3Provider({
		bucket: "my-bucket",
		region: "eu-west-1",
		credentials: keys,
		signingCredentials: { accessKeyId: "AKIDNARROW", secretAccessKey: "s" },
	});
	const { url } = await provider.signDownload("k", { expiresIn: 60 });
	expect(new URL(url).searchParams.get("X-Amz-Credential")).toMatch(/^AKIDNARROW\//);
});
