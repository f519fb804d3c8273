import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { encode } from "@auth/core/jwt";
import { defineUploads, type Principal } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import {
	createRemoteJWKSet,
	exportJWK,
	type GenerateKeyPairResult,
	generateKeyPair,
	SignJWT,
} from "jose";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { authJsCallers } from "../principals/auth-js.js";
import { betterAuthCallers } from "../principals/better-auth.js";
import { clerkCallers } from "../principals/clerk.js";
import { cognitoCallers } from "../principals/cognito.js";
import { handleUploads } from "../principals/handle-uploads.js";

// Tokens in the formats that the services publish, signed here; their keys come from a local server.

let pairs: Readonly<Record<"RS256" | "EdDSA", GenerateKeyPairResult>>;
let others: typeof pairs;
let fails = false;
const server = createServer(async (_request, response) => {
	const jwk = async (alg: "RS256" | "EdDSA") => ({
		...(await exportJWK(pairs[alg].publicKey)),
		alg,
		kid: alg,
		use: "sig",
	});
	const keys = await Promise.all([jwk("RS256"), jwk("EdDSA")]);
	response.writeHead(fails ? 500 : 200).end(JSON.stringify({ keys }));
});
const keys = () =>
	createRemoteJWKSet(new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`));

beforeAll(async () => {
	const make = async () => ({
		RS256: await generateKeyPair("RS256"),
		EdDSA: await generateKeyPair("EdDSA"),
	});
	[pairs, others] = await Promise.all([make(), make()]);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
});

const now = () => Math.floor(Date.now() / 1000);

type Claims = Readonly<Record<string, unknown>>;

interface Signing {
	readonly alg?: "RS256" | "EdDSA";
	readonly forged?: boolean;
}

const sign = (payload: Claims, { alg = "RS256", forged = false }: Signing = {}) =>
	new SignJWT({ iat: now(), exp: now() + 600, ...payload })
		.setProtectedHeader({ alg, kid: alg, typ: "JWT" })
		.sign((forged ? others : pairs)[alg].privateKey);

/** Asks for an upload URL of the user's own folder; the answer's status. */
async function statusOf(
	principal: (credential: string | null) => Promise<Principal | null>,
	credential: string,
	header = "authorization",
): Promise<number> {
	const handler = createFetchHandler({
		uploads: defineUploads({
			"users/:id/:name": {
				authorize: ({ principal, params }) => principal?.sub === params.id,
			},
		}),
		provider: s3Provider({
			bucket: "uploads",
			region: "eu-west-1",
			credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
		}),
		principal: (request) => principal(request.headers.get(header)),
		tokenSecret: false,
		log: { error() {}, warn() {}, info() {} },
	});
	const url = "https://api.example.com/uploads?key=users/user-7/a.txt";
	return (await handler(new Request(url, { headers: { [header]: credential } }))).status;
}

/** What every service's tokens must withstand. @param audience - Claims of another app. */
async function checkService(
	principal: (authorization: string | null) => Promise<Principal | null>,
	claims: Claims,
	audience: Claims,
	alg: "RS256" | "EdDSA" = "RS256",
): Promise<void> {
	const bearer = async (payload: Claims, signing: Signing = {}) =>
		statusOf(principal, `Bearer ${await sign(payload, { alg, ...signing })}`);
	const own = await bearer(claims);
	const another = await bearer({ ...claims, sub: "user-8" });
	const forged = await bearer(claims, { forged: true });
	const expired = await bearer({ ...claims, exp: now() - 60 });
	const early = await bearer({ ...claims, nbf: now() + 600 });
	const elsewhere = await bearer({ ...claims, ...audience });
	const issuer = await bearer({ ...claims, iss: "https://evil.example" });
	const nobody = await bearer({ ...claims, sub: undefined });
	const endless = await bearer({ ...claims, exp: undefined });
	expect({ own, another }).toEqual({ own: 200, another: 403 });
	expect({ forged, expired, early, elsewhere, issuer, nobody, endless }).toEqual({
		forged: 401,
		expired: 401,
		early: 401,
		elsewhere: 401,
		issuer: 401,
		nobody: 401,
		endless: 401,
	});
	const [, payload = ""] = (await sign(claims, { alg })).split(".");
	const none = Buffer.from('{"alg":"none"}').toString("base64url");
	expect(await statusOf(principal, `Bearer ${none}.${payload}.`)).toBe(401);
	const jwk = JSON.stringify(await exportJWK(pairs[alg].publicKey));
	const confused = await new SignJWT({ ...claims, exp: now() + 600 })
		.setProtectedHeader({ alg: "HS256", kid: alg })
		.sign(Buffer.from(jwk));
	expect(await statusOf(principal, `Bearer ${confused}`)).toBe(401);
	for (const credential of ["", "Bearer", "Bearer x", "Basic dXNlcjo3"]) {
		expect(await statusOf(principal, credential)).toBe(401);
	}
}

const pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example1";
const accessToken = {
	sub: "user-7",
	iss: pool,
	client_id: "1example23456789",
	origin_jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
	event_id: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
	token_use: "access",
	scope: "openid email",
	auth_time: 1_700_000_000,
	jti: "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
	username: "user-7",
	"cognito:groups": ["editors"],
};
const idToken = {
	sub: "user-7",
	iss: pool,
	aud: "1example23456789",
	token_use: "id",
	email: "a@example.com",
	email_verified: true,
	"cognito:username": "user-7",
};

test("Cognito: an access token of this client counts, an id token and other tokens do not", async () => {
	const principal = cognitoCallers(pool, "1example23456789", keys());
	await checkService(principal, accessToken, { client_id: "another" });
	for (const other of [
		idToken,
		{ ...idToken, client_id: "1example23456789" },
		{ ...accessToken, token_use: undefined },
		{ ...accessToken, client_id: undefined, aud: "1example23456789" },
	]) {
		expect(await statusOf(principal, `Bearer ${await sign(other)}`)).toBe(401);
	}
	expect(await principal(`Bearer ${await sign(accessToken)}`)).toMatchObject({
		sub: "user-7",
		iss: pool,
		"cognito:groups": ["editors"],
	});
});

const sessionToken = {
	azp: "https://app.example.com",
	fva: [0, -1],
	iss: "https://clerk.example.com",
	nbf: 1_700_000_000,
	sid: "sess_2GaMqUCB3Sc1WNAkWuNzsnYVVEy",
	sub: "user-7",
	v: 2,
	o: { id: "org_123", rol: "admin", slg: "example" },
};

test("Clerk: a session token that one of our pages got counts", async () => {
	const issuer = "https://clerk.example.com";
	const principal = clerkCallers(issuer, ["https://app.example.com"], keys());
	await checkService(principal, sessionToken, { azp: "https://evil.example" });
	for (const other of [
		{ ...sessionToken, azp: undefined },
		{ ...sessionToken, sts: "pending" },
	]) {
		expect(await statusOf(principal, `Bearer ${await sign(other)}`)).toBe(401);
	}
});

const app = "https://app.example.com";

test("the upload handler with the recipe of Clerk signs for a caller with a token, and refuses one without", async () => {
	vi.stubEnv("BUCKET_NAME", "uploads");
	vi.stubEnv("AWS_REGION", "eu-west-1");
	vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
	vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
	vi.stubEnv("UPLOAD_TOKEN_SECRET", "a secret of at least thirty-two bytes");
	const { fetch } = globalThis;
	const { port } = server.address() as AddressInfo;
	vi.stubGlobal("fetch", () => fetch(`http://127.0.0.1:${port}/jwks`));
	onTestFinished(() => {
		vi.unstubAllEnvs();
		vi.unstubAllGlobals();
	});
	const statusWith = async (headers: Record<string, string>): Promise<number> => {
		const url = "https://api.example.com/api/uploads?key=users/user-7/a.txt&size=1";
		return (await handleUploads(new Request(url, { headers }))).status;
	};
	expect(await statusWith({})).toBe(401);
	const token = await sign({ ...sessionToken, iss: "https://clerk.example.com" });
	expect(await statusWith({ authorization: `Bearer ${token}` })).toBe(200);
});

test("Better Auth: a token of the JWT plugin counts", async () => {
	const principal = betterAuthCallers(app, keys());
	const claims = {
		id: "user-7",
		name: "A",
		email: "a@example.com",
		sub: "user-7",
		iss: app,
		aud: app,
	};
	await checkService(principal, claims, { aud: "https://other.example" }, "EdDSA");
	expect(await statusOf(principal, `Bearer ${await sign(claims, { alg: "RS256" })}`)).toBe(401);
});

test("keys that cannot be fetched answer 503, so that the client repeats the call", async () => {
	const principal = cognitoCallers(pool, "1example23456789", keys());
	const token = `Bearer ${await sign(accessToken)}`;
	fails = true;
	expect(await statusOf(principal, token)).toBe(503);
	fails = false;
	expect(await statusOf(principal, token)).toBe(200);
});

const secret = "auth-secret-of-32-bytes-or-longer";

test.each([
	[true, "__Secure-authjs.session-token"],
	[false, "authjs.session-token"],
])("Auth.js: an encrypted session cookie counts (secure: %j)", async (secure, name) => {
	const principal = authJsCallers(secret, secure);
	const token = { sub: "user-7", name: "A", email: "a@example.com" };
	const cookie = async (options: object = {}, payload: object = token, as = name) => {
		const value = await encode({ token: payload, secret, salt: name, ...options });
		return statusOf(principal, `theme=dark; ${as}=${value}`, "cookie");
	};
	const own = await cookie();
	const another = await cookie({}, { ...token, sub: "user-8" });
	const forged = await cookie({ secret: "another-secret-of-32-bytes-or-more" });
	const expired = await cookie({ maxAge: -60 });
	const salted = await cookie({ salt: "another.session-token" });
	const named = await cookie({}, token, "another.session-token");
	const nobody = await cookie({}, { name: "A" });
	const statuses = { own, another, forged, expired, salted, named, nobody };
	expect(statuses).toEqual({
		own: 200,
		another: 403,
		forged: 401,
		expired: 401,
		salted: 401,
		named: 401,
		nobody: 401,
	});
	for (const text of ["", "theme=dark", `${name}=`, `${name}=abc`]) {
		expect(await statusOf(principal, text, "cookie")).toBe(401);
	}
	// long sessions are cut into several cookies
	const long = await encode({ token: { ...token, picture: "p".repeat(6000) }, secret, salt: name });
	const chunks = [long.slice(0, 3900), long.slice(3900)];
	const cookies = chunks.map((value, index) => `${name}.${index}=${value}`).join("; ");
	expect(await statusOf(principal, cookies, "cookie")).toBe(200);
});
