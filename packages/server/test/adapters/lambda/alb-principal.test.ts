import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { albPrincipal } from "../../../src/adapters/lambda/alb-principal.js";
import { createLambdaHandler } from "../../../src/adapters/lambda/create-lambda-handler.js";
import { defineUploads } from "../../../src/uploads/define-uploads.js";
import { silentLog, tokenSecret } from "../../support/call.js";
import { albEvent } from "../../support/lambda-event.js";
import { memoryProvider } from "../../support/memory-provider.js";

const arn =
	"arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/my-alb/50dc6c495c0c9188";
const issuer = "https://idp.example.com";
const kid = "12345678-1234-1234-1234-123456789012";
const pair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const otherPair = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384Kid = "00000000-0000-0000-0000-000000000384";
const textKid = "00000000-0000-0000-0000-000000000001";

const published = new Map<string, string>([
	[kid, String(pair.publicKey.export({ format: "pem", type: "spki" }))],
	[p384Kid, String(p384.publicKey.export({ format: "pem", type: "spki" }))],
	[textKid, "<html>not a key</html>"],
]);

const asked: string[] = [];
let base = "";
const keyServer = createServer((request, response) => {
	const pem = published.get((request.url ?? "").slice(1));
	response.writeHead(pem === undefined ? 403 : 200).end(pem);
});
beforeAll(async () => {
	await new Promise<void>((resolve) => keyServer.listen(0, "127.0.0.1", resolve));
	base = `http://127.0.0.1:${(keyServer.address() as AddressInfo).port}`;
});
afterAll(() => {
	keyServer.closeAllConnections();
	keyServer.close();
});
afterEach(() => {
	vi.useRealTimers();
	asked.length = 0;
});

/** Sends what is asked of AWS to the local server. */
const toLocal = (url: string, init: RequestInit): Promise<Response> => {
	asked.push(url);
	return fetch(new URL(new URL(url).pathname, base), init);
};

/** As the load balancer encodes: base64url, padded. */
const padded = (bytes: Buffer): string => {
	const text = bytes.toString("base64url");
	return text + "=".repeat((4 - (text.length % 4)) % 4);
};

const header = () => ({
	typ: "JWT",
	kid,
	alg: "ES256",
	iss: issuer,
	client: "client-1",
	signer: arn,
	exp: Math.floor(Date.now() / 1000) + 120,
});
const claims = { sub: "user-7", email: "a@example.com", iss: "ignored" };

function tokenOf(
	members: object = {},
	payload: unknown = claims,
	key: KeyObject = pair.privateKey,
): string {
	const encode = (value: unknown): string => padded(Buffer.from(JSON.stringify(value)));
	const signed = `${encode({ ...header(), ...members })}.${encode(payload)}`;
	const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
	return `${signed}.${padded(signature)}`;
}

const principalOf = async (token: string | undefined, options: object = {}) =>
	albPrincipal({ loadBalancer: arn, issuer, fetch: toLocal, ...options })({
		headers: { "x-amzn-oidc-data": token },
	});

test("the user of a valid header is the principal, with the issuer that was checked", async () => {
	expect(tokenOf()).toMatch(/=\./);
	expect(await principalOf(tokenOf())).toEqual({
		sub: "user-7",
		email: "a@example.com",
		iss: issuer,
	});
	expect(asked).toEqual([`https://public-keys.auth.elb.eu-west-1.amazonaws.com/${kid}`]);
	expect(await principalOf(tokenOf(), { clientId: "client-1" })).toMatchObject({ sub: "user-7" });
	expect(await principalOf(undefined)).toBeNull();
	expect(await principalOf("")).toBeNull();
});

test("the keys of GovCloud have another address", async () => {
	const gov = arn.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "us-gov-west-1");
	await principalOf(tokenOf({ signer: gov }), { loadBalancer: [arn, gov] }).catch(() => undefined);
	expect(asked).toEqual([
		`https://s3-us-gov-west-1.amazonaws.com/aws-elb-public-keys-prod-us-gov-west-1/${kid}`,
	]);
});

const none = (): string => {
	const [, body] = tokenOf().split(".");
	const head = padded(Buffer.from(JSON.stringify({ ...header(), alg: "none" })));
	return `${head}.${body}.${padded(Buffer.alloc(64))}`;
};
const tampered = (): string => {
	const [head, , signature] = tokenOf().split(".");
	const body = padded(Buffer.from(JSON.stringify({ ...claims, sub: "admin" })));
	return `${head}.${body}.${signature}`;
};
const signer = arn.replace("my-alb", "their-alb");

test.each<[string, () => string, string]>([
	["another key", () => tokenOf({}, claims, otherPair.privateKey), "signature is not of"],
	["a changed payload", tampered, "signature is not of"],
	["no algorithm", none, 'the algorithm is "none"'],
	["HS256", () => tokenOf({ alg: "HS256" }), 'the algorithm is "HS256"'],
	["another load balancer", () => tokenOf({ signer }), "is not listed"],
	["no signer", () => tokenOf({ signer: undefined }), "is not listed"],
	["another issuer", () => tokenOf({ iss: "https://evil.example" }), "the issuer is"],
	["another client", () => tokenOf({ client: "other" }), 'the client is "other"'],
	["an expiry in the past", () => tokenOf({ exp: Date.now() / 1000 - 1 }), "it has expired"],
	["no expiry", () => tokenOf({ exp: undefined }), "it has expired"],
	["an expiry as text", () => tokenOf({ exp: "9999999999" }), "it has expired"],
	["no user", () => tokenOf({}, { email: "a@example.com" }), "the payload has no sub"],
	["an empty user", () => tokenOf({}, { sub: "" }), "the payload has no sub"],
	["a payload that is no object", () => tokenOf({}, 7), "is not a JSON object"],
	["a key of another curve", () => tokenOf({ kid: p384Kid }), "is no P-256 public key"],
	["a key that is no key", () => tokenOf({ kid: textKid }), "is no P-256 public key"],
	["an unknown key", () => tokenOf({ kid: kid.replace("1", "2") }), "answered 403"],
	["no token", () => "abc", "no JSON Web Token"],
	["two parts", () => tokenOf().split(".").slice(0, 2).join("."), "no JSON Web Token"],
	["two tokens", () => `${tokenOf()},${tokenOf()}`, "no JSON Web Token"],
	[
		"a header that is not JSON",
		() => `YWJj${tokenOf().slice(tokenOf().indexOf("."))}`,
		"is not a JSON",
	],
	["a long token", () => tokenOf({}, { ...claims, x: "x".repeat(20_000) }), "no JSON Web Token"],
])("%s is refused with 401, and the log says why", async (_what, make, reason) => {
	await expect(principalOf(make(), { clientId: "client-1" })).rejects.toMatchObject({
		code: "unauthenticated",
		reason: expect.stringContaining(reason),
	});
});

test.each([
	"../../other-bucket/key",
	"evil.example/x",
	"@evil.example",
	`${kid}?x`,
	`${kid}/x`,
	"",
	7,
	undefined,
])("the key id %j asks for no URL", async (id) => {
	await expect(principalOf(tokenOf({ kid: id }))).rejects.toMatchObject({
		reason: expect.stringContaining("the key id is no UUID"),
	});
	expect(asked).toEqual([]);
});

test.each([429, 500, 503])(
	"a key server that answers %i is asked again later, and refuses nobody",
	async (status) => {
		const fetch = async () => new Response("slow down", { status });
		const principal = albPrincipal({ loadBalancer: arn, issuer, fetch });
		const call = principal({ headers: { "x-amzn-oidc-data": tokenOf() } });
		await expect(call).rejects.toMatchObject({ code: "storage-unavailable", status: 503 });
	},
);

test("a key is fetched once, also by calls at the same time, and again after a failure", async () => {
	let fails = true;
	const principal = albPrincipal({
		loadBalancer: arn,
		issuer,
		async fetch(url, init) {
			if (fails) throw new TypeError("fetch failed");
			return toLocal(url, init);
		},
	});
	const call = () => principal({ headers: { "x-amzn-oidc-data": tokenOf() } });
	await expect(call()).rejects.toMatchObject({ code: "storage-unavailable", status: 503 });
	fails = false;
	const principals = await Promise.all([call(), call(), call()]);
	expect(principals.map((found) => found?.sub)).toEqual(["user-7", "user-7", "user-7"]);
	await call();
	expect(asked).toHaveLength(1);
});

test("a stranger's key ids cause at most 32 lookups a minute, and known keys still verify", async () => {
	vi.useFakeTimers({ toFake: ["Date"] });
	const principal = albPrincipal({ loadBalancer: arn, issuer, fetch: toLocal });
	const call = (id: string) => principal({ headers: { "x-amzn-oidc-data": tokenOf({ kid: id }) } });
	expect(await call(kid)).toMatchObject({ sub: "user-7" });
	for (let index = 0; index < 40; index++) {
		await expect(call(crypto.randomUUID())).rejects.toThrow("could not be verified");
	}
	expect(asked).toHaveLength(32);
	// whose key is not known yet comes again
	const later = { code: "storage-unavailable", status: 503, retryAfter: 60 };
	await expect(call(crypto.randomUUID())).rejects.toMatchObject(later);
	expect(await call(kid)).toMatchObject({ sub: "user-7" });
	vi.setSystemTime(Date.now() + 60_000);
	await expect(call(crypto.randomUUID())).rejects.toThrow("could not be verified");
	expect(asked).toHaveLength(33);
});

test("options that are missing or wrong throw", () => {
	const make = (options: object) => () =>
		albPrincipal({ loadBalancer: arn, issuer, ...options } as never);
	for (const loadBalancer of [
		undefined,
		"",
		"my-alb",
		`${arn}/x`,
		arn.replace("app", "net"),
		[""],
	]) {
		expect(make({ loadBalancer })).toThrow("must be the ARN of an Application Load Balancer");
	}
	expect(make({ loadBalancer: [] })).toThrow("names no load balancer");
	expect(make({ clientID: "app" })).toThrow(
		'Unknown option of albPrincipal "clientID". Known are: loadBalancer, issuer, clientId, fetch.',
	);
	for (const wrong of [undefined, ""]) expect(make({ issuer: wrong })).toThrow("issuer must be");
});

test("in a handler the verified user uploads, and a forged header gets 401", async () => {
	const log = silentLog();
	const handler = createLambdaHandler({
		uploads: defineUploads({
			"u/:id": { authorize: ({ principal, params }) => principal?.sub === params.id },
		}),
		provider: memoryProvider(),
		principal: albPrincipal({ loadBalancer: arn, issuer, fetch: toLocal }),
		tokenSecret,
		log,
	});
	const call = (token: string, headers: "headers" | "multiValueHeaders") =>
		handler(
			albEvent("GET", "/uploads", {
				queryStringParameters: { key: "u/user-7" },
				headers: undefined,
				[headers]: { "X-Amzn-Oidc-Data": headers === "headers" ? token : [token] },
			}),
		);
	for (const kind of ["headers", "multiValueHeaders"] as const) {
		expect((await call(tokenOf(), kind)).statusCode).toBe(200);
		const forged = await call(tokenOf({}, claims, otherPair.privateKey), kind);
		expect(forged.statusCode).toBe(401);
		expect(JSON.parse(forged.body)).toMatchObject({ code: "unauthenticated" });
		expect(log.lines.at(-1)).toMatchObject({ reason: expect.stringContaining("signature") });
	}
});
