import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { refuseUnknownOptions } from "../../check-options.js";
import { UploadError } from "../../errors.js";
import type { Principal } from "../../uploads/rule.js";
import type { LambdaPrincipal } from "./principals.js";

// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html

/** Options of {@link albPrincipal}. */
export interface AlbPrincipalOptions {
	/** ARN of the load balancer, or several. Their regions are where keys are fetched from. */
	readonly loadBalancer: string | readonly string[];
	/** The issuer in the load balancer's authenticate action, such as `https://accounts.google.com`. */
	readonly issuer: string;
	/** The client id in that action. @default any */
	readonly clientId?: string | undefined;
	/** Fetches the load balancer's public keys. @default the global `fetch` */
	readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined;
}

const optionNames: readonly (keyof AlbPrincipalOptions)[] = [
	"loadBalancer",
	"issuer",
	"clientId",
	"fetch",
];

type Json = Readonly<Record<string, unknown>>;

const arnShape =
	/^arn:(aws|aws-us-gov):elasticloadbalancing:([a-z0-9-]{1,32}):\d{12}:loadbalancer\/app\/[\w-]+\/[0-9a-f]+$/;

// characters of a UUID: a key id becomes part of a URL
const keyId = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

// the load balancer pads its base64
const tokenShape = /^([\w+/-]+={0,2})\.([\w+/-]+={0,2})\.([\w+/-]+={0,2})$/;

const maxTokenLength = 16_384;
/** Keys that are kept, and looked for in one minute: key ids come from a stranger. */
const maxKeys = 32;
const minute = 60_000;
/** Milliseconds. */
const fetchTimeout = 5000;

const refuse = (reason: string, cause?: unknown): UploadError =>
	new UploadError("unauthenticated", "The load balancer's sign-in could not be verified.", {
		cause,
		reason: `albPrincipal: ${reason}`,
	});

function parse(part: string, name: string): Json {
	let value: unknown;
	try {
		value = JSON.parse(Buffer.from(part, "base64url").toString());
	} catch {}
	if (typeof value === "object" && value !== null) return value as Json;
	throw refuse(`the ${name} of x-amzn-oidc-data is not a JSON object`);
}

function keyUrl(region: string, kid: string): string {
	return region.startsWith("us-gov-")
		? `https://s3-${region}.amazonaws.com/aws-elb-public-keys-prod-${region}/${kid}`
		: `https://public-keys.auth.elb.${region}.amazonaws.com/${kid}`;
}

async function fetchKey(
	fetch: NonNullable<AlbPrincipalOptions["fetch"]>,
	url: string,
): Promise<KeyObject> {
	let response: Response;
	let pem = "";
	try {
		const signal = AbortSignal.timeout(fetchTimeout);
		response = await fetch(url, { redirect: "error", signal });
		pem = await response.text();
		const { status } = response;
		if (status === 429 || status >= 500) throw new Error(`The answer was ${status}.`);
	} catch (cause) {
		throw new UploadError("storage-unavailable", "The sign-in could not be verified now.", {
			cause,
			reason: `albPrincipal: ${url} could not be fetched; may the function reach the internet?`,
		});
	}
	if (!response.ok) throw refuse(`${url} answered ${response.status}: no such key`);
	let key: KeyObject | undefined;
	try {
		key = createPublicKey(pem);
	} catch {}
	if (key?.asymmetricKeyDetails?.namedCurve === "prime256v1") return key;
	throw refuse(`${url} is no P-256 public key`);
}

/** Fetches each key once; bounded, since a stranger chooses the key ids. */
function createKeyCache(
	fetch: NonNullable<AlbPrincipalOptions["fetch"]>,
): (url: string) => Promise<KeyObject> {
	const keys = new Map<string, Promise<KeyObject>>();
	let lookups = { since: 0, count: 0 };
	return async (url) => {
		const known = keys.get(url);
		if (known !== undefined) return known;
		const now = Date.now();
		if (now - lookups.since >= minute) lookups = { since: now, count: 0 };
		if (lookups.count >= maxKeys) {
			// the key may be the load balancer's
			throw new UploadError("storage-unavailable", "The sign-in could not be verified now.", {
				reason: "albPrincipal: too many unknown key ids in one minute",
				retryAfter: Math.ceil((lookups.since + minute - now) / 1000),
			});
		}
		lookups.count++;
		const key = fetchKey(fetch, url);
		keys.set(url, key);
		const [oldest] = keys.keys();
		if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
		// a failure is not kept
		key.catch(() => keys.delete(url));
		return key;
	};
}

function regionsOf(loadBalancer: string | readonly string[]): ReadonlyMap<string, string> {
	const arns: readonly unknown[] = Array.isArray(loadBalancer) ? loadBalancer : [loadBalancer];
	const regions = new Map<string, string>();
	for (const arn of arns) {
		const [, , region] = arnShape.exec(String(arn)) ?? [];
		if (region === undefined) {
			throw new TypeError(
				`albPrincipal: loadBalancer must be the ARN of an Application Load Balancer (arn:aws:elasticloadbalancing:REGION:ACCOUNT:loadbalancer/app/NAME/ID), not ${JSON.stringify(arn)}.`,
			);
		}
		regions.set(String(arn), region);
	}
	if (regions.size > 0) return regions;
	throw new TypeError("albPrincipal: loadBalancer names no load balancer.");
}

/**
 * The user whom an Application Load Balancer signed in: verifies the `x-amzn-oidc-data` header (ES256, with the
 * load balancer's public key), its signer, issuer and expiry. Nothing else that a load balancer passes on is
 * believed: a client that reaches the function by another way can send any header.
 *
 * @param options - The load balancer, and the issuer and client of its authenticate action.
 * @returns The `principal` for `createLambdaHandler`: null without the header, 401 for one that is not valid.
 * @throws TypeError when an option is missing or wrong.
 */
export function albPrincipal(options: AlbPrincipalOptions): LambdaPrincipal {
	// a misspelt clientId would accept the users of every client
	refuseUnknownOptions(options, optionNames, "option of albPrincipal");
	const { loadBalancer, issuer, clientId, fetch = globalThis.fetch } = options;
	const regions = regionsOf(loadBalancer);
	if (typeof issuer !== "string" || issuer === "") {
		throw new TypeError("albPrincipal: issuer must be the issuer of the authenticate action.");
	}
	const keyOf = createKeyCache(fetch);

	async function verifyToken(token: string): Promise<Principal> {
		const isShort = token.length <= maxTokenLength;
		const [, head = "", body = "", signature = ""] = (isShort && tokenShape.exec(token)) || [];
		if (head === "") throw refuse("x-amzn-oidc-data is no JSON Web Token");
		const header = parse(head, "header");
		const { alg, kid, signer, exp } = header;
		if (alg !== "ES256") throw refuse(`the algorithm is ${JSON.stringify(alg)}, not "ES256"`);
		const region = regions.get(String(signer));
		if (region === undefined) throw refuse(`the signer ${JSON.stringify(signer)} is not listed`);
		if (header["iss"] !== issuer) throw refuse(`the issuer is ${JSON.stringify(header["iss"])}`);
		if (clientId !== undefined && header["client"] !== clientId) {
			throw refuse(`the client is ${JSON.stringify(header["client"])}`);
		}
		if (typeof exp !== "number" || exp * 1000 <= Date.now()) throw refuse("it has expired");
		if (typeof kid !== "string" || !keyId.test(kid)) throw refuse("the key id is no UUID");
		const key = await keyOf(keyUrl(region, kid));
		const isSigned = verify(
			"sha256",
			Buffer.from(`${head}.${body}`),
			{ key, dsaEncoding: "ieee-p1363" },
			Buffer.from(signature, "base64url"),
		);
		if (!isSigned) throw refuse("the signature is not of the load balancer's key");
		const claims = parse(body, "payload");
		const { sub } = claims;
		if (typeof sub !== "string" || sub === "") throw refuse("the payload has no sub");
		return { ...claims, sub, iss: issuer };
	}

	return async ({ headers }) => {
		const token = headers?.["x-amzn-oidc-data"];
		return token === undefined || token === "" ? null : verifyToken(token);
	};
}
