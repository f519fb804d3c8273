import { createPrivateKey, type JsonWebKey, type KeyObject, sign } from "node:crypto";
import type { Checksum, CompleteReply } from "#protocol";
import type { SealedUpload } from "./token.js";

/** A `CryptoKey`, described by itself: the types of this package need neither DOM nor Node. */
export interface WebCryptoKey {
	/** "private" or "public". */
	readonly type: string;
	readonly algorithm: { readonly name: string };
	/** Such as "sign" and "verify". */
	readonly usages: readonly string[];
}

/** A `JsonWebKey` with kty "OKP" and crv "Ed25519". */
export interface Ed25519JsonWebKey {
	readonly kty?: string | undefined;
	readonly crv?: string | undefined;
	/** The public key. */
	readonly x?: string | undefined;
	/** The private key. */
	readonly d?: string | undefined;
}

/** An Ed25519 private key: a `CryptoKey`, a JSON Web Key, or a PEM text (PKCS #8). */
export type ProofKey = WebCryptoKey | Ed25519JsonWebKey | string;

/** What a proof states. */
export interface ProofContent {
	/** Of the object. */
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	/** Only where the bytes were verified to be the client's. */
	readonly checksum?: Checksum | undefined;
	/** The object's version, where the storage has one. */
	readonly version?: string | undefined;
	/**
	 * Of the caller who uploaded: a hash keyed with the handler's `tokenSecret`, the same for the same caller as
	 * long as the secret is. Empty for a caller who was not known.
	 */
	readonly owner: string;
	/** When it was signed, ISO 8601 in UTC. */
	readonly time: string;
}

/** Signs a proof of a stored object. */
export type SignProof = (
	stored: Pick<CompleteReply, "key" | "size" | "checksum" | "version">,
	upload: Pick<SealedUpload, "owner">,
) => Promise<string>;

const wrongKey = (problem: string): TypeError =>
	new TypeError(
		`proofKey must be an Ed25519 private key: a CryptoKey with the usage "sign", a JSON Web Key with kty "OKP", crv "Ed25519" and d, or a PEM text. ${problem} Make one by:\n  openssl genpkey -algorithm ed25519`,
	);

type SignBytes = (data: Buffer<ArrayBuffer>) => Uint8Array | Promise<ArrayBuffer>;

type SubtleKey = Parameters<typeof crypto.subtle.sign>[1];

function signerOf(key: ProofKey): SignBytes {
	if (typeof key === "object" && key !== null && "algorithm" in key) {
		const { type, algorithm, usages } = key;
		if (type === "private" && algorithm.name === "Ed25519" && usages.includes("sign")) {
			return (data) => crypto.subtle.sign("Ed25519", key as SubtleKey, data);
		}
		throw wrongKey(
			`This CryptoKey is a ${type} ${algorithm.name} key with the usages: ${usages.join(", ")}.`,
		);
	}
	let privateKey: KeyObject;
	try {
		// environment variables often hold a PEM text with \n spelt out
		if (typeof key === "string") privateKey = createPrivateKey(key.replaceAll("\\n", "\n"));
		else privateKey = createPrivateKey({ key: key as JsonWebKey, format: "jwk" });
	} catch {
		// the cause may quote the key
		throw wrongKey(
			key === "" ? "It is empty." : `This ${typeof key} cannot be read as a private key.`,
		);
	}
	const { asymmetricKeyType } = privateKey;
	if (asymmetricKeyType === "ed25519") return (data) => sign(null, data, privateKey);
	throw wrongKey(`This is a key for ${asymmetricKeyType}.`);
}

/**
 * Checks the option `proofKey`.
 *
 * @param now - Milliseconds since 1970.
 * @returns Undefined without a key.
 * @throws TypeError where it is no Ed25519 private key; without the key in its message.
 */
export function readProofKey(
	key: ProofKey | undefined,
	now: () => number = Date.now,
): SignProof | undefined {
	if (key === undefined) return undefined;
	const signBytes = signerOf(key);
	return async ({ key, size, checksum, version }, { owner }) => {
		const time = new Date(now()).toISOString();
		// JSON leaves out what is undefined
		const content: ProofContent = { key, size, checksum, version, owner, time };
		const payload = Buffer.from(JSON.stringify(content)).toString("base64url");
		const signature = await signBytes(Buffer.from(payload));
		return `${payload}.${Buffer.from(signature as Uint8Array).toString("base64url")}`;
	};
}
