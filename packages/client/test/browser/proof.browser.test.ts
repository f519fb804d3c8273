import { verifyProof } from "@skyput/server/proof";
import { expect, test } from "vitest";

test("a page verifies a proof, and notices another key, by WebCrypto alone", async () => {
	const pairs = await Promise.all(
		[1, 2].map(() => crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])),
	);
	const [pair, other] = pairs as CryptoKeyPair[];
	if (!pair || !other) throw new Error("no keys");
	const content = { key: "files/a", size: 5, owner: "", time: "2026-01-01T00:00:00.000Z" };
	const base64url = (binary: string): string =>
		btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
	const payload = base64url(JSON.stringify(content));
	const data = new TextEncoder().encode(payload);
	const signature = await crypto.subtle.sign("Ed25519", pair.privateKey, data);
	const proof = `${payload}.${base64url(String.fromCharCode(...new Uint8Array(signature)))}`;
	const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
	for (const key of [pair.publicKey, jwk]) expect(await verifyProof(proof, key)).toEqual(content);
	await expect(verifyProof(proof, other.publicKey)).rejects.toThrow("signature is not of this key");
});
