import nock from "nock";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { readSettings } from "../../../src/providers/azure/options.js";
import { signingKeys } from "../../../src/providers/azure/signing-keys.js";

const start = Date.parse("2026-11-29T08:00:00Z");
const day = 86_400;

beforeEach(() => {
	nock.disableNetConnect();
	vi.useFakeTimers({ toFake: ["Date"], now: start });
});
afterEach(() => {
	vi.useRealTimers();
	nock.cleanAll();
});

const getToken = vi.fn(async (_scope: string) => ({ token: "the-token" }));
const keysOf = (options: object = { getToken }) =>
	signingKeys(readSettings({ account: "media", container: "uploads", ...options }));

/** The bodies of the requests for a key, each answered with the expiry that was asked for. */
function serveKeys(): string[] {
	const bodies: string[] = [];
	nock("https://media.blob.core.windows.net", {
		reqheaders: { authorization: "Bearer the-token", "x-ms-version": "2021-12-02" },
	})
		.post("/?restype=service&comp=userdelegationkey")
		.times(9)
		.reply(200, async (request: Request) => {
			const body = await request.text();
			bodies.push(body);
			const [from, until] = body.match(/2026-\d\d-\d\dT[\d:]+Z/g) ?? [];
			return `<?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>oid</SignedOid><SignedTid>tid</SignedTid><SignedStart>${from}</SignedStart><SignedExpiry>${until}</SignedExpiry><SignedService>b</SignedService><SignedVersion>2021-12-02</SignedVersion><Value>${Buffer.from(`key ${bodies.length}`).toString("base64")}</Value></UserDelegationKey>`;
		});
	return bodies;
}

const secretOf = async (keys: ReturnType<typeof keysOf>, seconds: number): Promise<string> =>
	(await keys(seconds)).signing.key.export().toString();

test("An account key signs for as long as is asked, up to seven days", async () => {
	const keys = keysOf({ accountKey: Buffer.from("secret").toString("base64") });
	expect(await keys(300)).toMatchObject({ expires: start + 300_000 });
	expect(await keys(7 * day)).toMatchObject({ expires: start + 7 * day * 1000 });
	expect(await secretOf(keys, 1)).toBe("secret");
	for (const wrong of [0, -1, 1.5, Number.NaN, 7 * day + 1]) {
		await expect(keys(wrong)).rejects.toThrow(RangeError);
	}
});

test("A user delegation key is fetched once, for a week less the difference of two clocks", async () => {
	const bodies = serveKeys();
	const keys = keysOf();
	const [one, two] = await Promise.all([keys(300), keys(300)]);
	expect(one.signing).toBe(two.signing);
	expect(getToken).toHaveBeenCalledWith("https://storage.azure.com/.default");
	expect(bodies).toEqual([
		expect.stringContaining(
			"<Start>2026-11-29T07:45:00Z</Start><Expiry>2026-12-06T07:45:00Z</Expiry>",
		),
	]);
	expect(one.signing.delegation).toEqual({
		skoid: "oid",
		sktid: "tid",
		skt: "2026-11-29T07:45:00Z",
		ske: "2026-12-06T07:45:00Z",
		sks: "b",
		skv: "2021-12-02",
	});
});

test("A key that was fetched while the clock was ahead is replaced once the clock is right, since it begins later", async () => {
	serveKeys();
	const keys = keysOf();
	vi.setSystemTime(start + 3_600_000);
	expect(await secretOf(keys, 300)).toBe("key 1");
	vi.setSystemTime(start);
	expect(await secretOf(keys, 300)).toBe("key 2");
	expect(await secretOf(keys, 300)).toBe("key 2");
	vi.setSystemTime(start - 10 * 60_000);
	expect(await secretOf(keys, 300)).toBe("key 2");
});

test("A URL ends a minute before its key, and a new key is fetched when a URL would outlive the old one", async () => {
	serveKeys();
	const keys = keysOf();
	const end = Date.parse("2026-12-06T07:44:00Z");
	expect(await keys(7 * day)).toMatchObject({ expires: end });
	// not at every call, although no key can live as long as this URL
	expect(await secretOf(keys, 7 * day)).toBe("key 1");
	vi.setSystemTime(start + 2 * 3_600_000);
	expect(await secretOf(keys, 300)).toBe("key 1");
	expect(await secretOf(keys, 7 * day)).toBe("key 2");
});

test("While no new key can be fetched, the old one signs until it ends", async () => {
	serveKeys();
	const keys = keysOf();
	await keys(300);
	nock.cleanAll();
	nock("https://media.blob.core.windows.net").persist().post(/./).reply(503);
	const end = Date.parse("2026-12-06T07:44:00Z");
	vi.setSystemTime(end - 60_000);
	expect(await keys(300)).toMatchObject({ expires: end });
	vi.setSystemTime(end);
	await expect(keys(300)).rejects.toMatchObject({ code: "storage-unavailable" });
});

test.each([
	["threw", async () => Promise.reject(new Error("no identity"))],
	["returned no token", async () => null],
])("A getToken that %s is named in the log, not to the caller", async (what, getToken) => {
	await expect(keysOf({ getToken })(300)).rejects.toMatchObject({
		code: "storage-unavailable",
		retryAfter: 5,
		message: "The server has no credentials for the storage at the moment. Try again.",
		reason: expect.stringContaining(`The option getToken of azureProvider ${what}.`),
	});
});

test("A token that may not fetch a key is a matter of roles, which the log names", async () => {
	nock("https://media.blob.core.windows.net")
		.post(/./)
		.reply(403, "<Error><Code>AuthorizationPermissionMismatch</Code></Error>");
	const failure = await keysOf()(300).catch((error: unknown) => error);
	expect(failure).toMatchObject({
		code: "forbidden",
		reason: expect.stringContaining("Storage Blob Delegator"),
	});
	expect(`${failure} ${(failure as Error).cause}`).not.toContain("the-token");
});
