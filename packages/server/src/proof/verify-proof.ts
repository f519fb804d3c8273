import { UploadError } from "../errors.js";
import type { Ed25519JsonWebKey, ProofContent, WebCryptoKey } from "../sign-proof.js";

// Runs in browsers: WebCrypto only, no imports of Node.

// 64 bytes; the last character has four spare bits, and only one spelling is accepted
const shape = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{85}[AQgw])$/;

type SubtleKey = Parameters<typeof crypto.subtle.verify>[1];

/** Characters of the longest proof: a key has at most 1,024 bytes. */
const maxLength = 10_000;

const invalid = (message: string, cause?: unknown): UploadError =>
	new UploadError("invalid-request", message, { cause });

function decode(text: string): Uint8Array<ArrayBuffer> {
	const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
	return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

/** Imports a JSON Web Key; of a private one only the public part. */
async function importKey({ kty, crv, x }: Ed25519JsonWebKey): Promise<WebCryptoKey> {
	if (kty !== "OKP" || crv !== "Ed25519" || typeof x !== "string") {
		throw invalid('The public key is no Ed25519 key: it needs kty "OKP", crv "Ed25519" and x.');
	}
	try {
		return await crypto.subtle.importKey("jwk", { kty, crv, x }, "Ed25519", false, ["verify"]);
	} catch (cause) {
		throw new UploadError(
			"unsupported",
			"The public key could not be read: its x is no Ed25519 key, or this browser or runtime has no Ed25519.",
			{ cause },
		);
	}
}

/** Whether a value is an object with these members: `?` marks those that may be absent. */
function hasShape(value: unknown, members: Readonly<Record<string, string>>): boolean {
	if (typeof value !== "object" || value === null) return false;
	return Object.entries(members).every(([name, type]) => {
		const member: unknown = Reflect.get(value, name);
		return type.endsWith("?")
			? member === undefined || typeof member === type.slice(0, -1)
			: typeof member === type;
	});
}

function readContent(payload: string): ProofContent {
	let content: ProofContent;
	try {
		content = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(decode(payload)));
	} catch (cause) {
		throw invalid(
			"The proof is signed, but its content is not JSON: it is another kind of text.",
			cause,
		);
	}
	const isProof =
		hasShape(content, {
			key: "string",
			size: "number",
			version: "string?",
			owner: "string",
			time: "string",
		}) &&
		(content.checksum === undefined ||
			hasShape(content.checksum, { algorithm: "string", value: "string" }));
	if (!isProof) throw invalid("The proof is signed, but lacks a key, size, owner or time.");
	const { key, size, checksum, version, owner, time } = content;
	return {
		key,
		size,
		...(checksum === undefined ? {} : { checksum }),
		...(version === undefined ? {} : { version }),
		owner,
		time,
	};
}

/**
 * Verifies the proof of an upload, as `complete` returned it. Works offline, in browsers too.
 *
 * @param proof - As in the result of an upload: base64url of the JSON content, a dot, base64url of the signature.
 * @param publicKey - The Ed25519 public key that belongs to the handler's `proofKey`.
 * @returns What was stored, when, and a hash of who uploaded it.
 * @throws UploadError `invalid-request` where the text is no proof, the key is no Ed25519 public key, or the
 * signature is not of this key; `unsupported` where the runtime has no Ed25519.
 * @example
 * const { key, size, time } = await verifyProof(result.proof, publicJwk)
 */
export async function verifyProof(
	proof: string,
	publicKey: WebCryptoKey | Ed25519JsonWebKey,
): Promise<ProofContent> {
	const isText = typeof proof === "string" && proof.length <= maxLength;
	const [, payload, signature] = (isText && shape.exec(proof)) || [];
	if (payload === undefined || signature === undefined) {
		throw invalid(
			"This is not a proof: two parts of base64url with a dot between them were expected. Pass the result's proof as it is.",
		);
	}
	const given = Object(publicKey) as typeof publicKey;
	const key = "algorithm" in given ? given : await importKey(given);
	if (key.algorithm.name !== "Ed25519" || key.type !== "public" || !key.usages.includes("verify")) {
		throw invalid(
			`The public key must be an Ed25519 public key with the usage "verify"; it is a ${key.type} ${key.algorithm.name} key.`,
		);
	}
	const data = new TextEncoder().encode(payload);
	if (await crypto.subtle.verify("Ed25519", key as SubtleKey, decode(signature), data))
		return readContent(payload);
	throw invalid(
		"The proof's signature is not of this key: the proof was changed, or another server signed it.",
	);
}
