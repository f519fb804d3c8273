import { generateKeyPairSync, webcrypto } from "node:crypto";
import { build } from "esbuild";
import { expect, test, vi } from "vitest";
import { verifyProof } from "../../src/proof/index.js";
import { type ProofKey, readProofKey } from "../../src/sign-proof.js";
import { defineUploads } from "../../src/uploads/define-uploads.js";
import { createBody, makeHandler, serve } from "../support/call.js";
import { begin, size, sizes } from "../support/multipart.js";

// hundreds of verifications, and a build
vi.setConfig({ testTimeout: 60_000 });

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const publicJwk = publicKey.export({ format: "jwk" });
const privateJwk = privateKey.export({ format: "jwk" });
const pem = privateKey.export({ format: "pem", type: "pkcs8" }) as string;
const imported = await webcrypto.subtle.importKey("jwk", privateJwk as never, "Ed25519", false, [
	"sign",
]);

const stored = {
	key: "files/ä",
	size: 5,
	version: "v1",
	checksum: { algorithm: "crc32", value: "AAAAAA==" },
} as const;
const content = { ...stored, owner: "hash", time: "2026-01-01T00:00:00.000Z" };

/** A proof of {@link content}. */
const proofBy = async (key: ProofKey): Promise<string> => {
	const sign = readProofKey(key, () => Date.parse(content.time));
	return (await sign?.(stored, content)) ?? "";
};

/** A proof with any payload, signed as it should be. */
const signed = async (payload: string | Buffer): Promise<string> => {
	const first = Buffer.from(payload).toString("base64url");
	const data = Buffer.from(first);
	const signature = await webcrypto.subtle.sign("Ed25519", imported, data);
	return `${first}.${Buffer.from(signature).toString("base64url")}`;
};

test("a key may be a CryptoKey, a JSON Web Key or a PEM text, and every proof is the same", async () => {
	const verifyKey = await webcrypto.subtle.importKey("jwk", publicJwk as never, "Ed25519", true, [
		"verify",
	]);
	const proofs = new Set<string>();
	for (const key of [imported, privateJwk, pem, pem.replaceAll("\n", "\\n")]) {
		proofs.add(await proofBy(key));
	}
	expect(proofs.size).toBe(1);
	const [proof = ""] = proofs;
	for (const key of [publicJwk, verifyKey, privateJwk]) {
		expect(await verifyProof(proof, key)).toEqual(content);
	}
	const [payload = ""] = proof.split(".");
	expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toEqual(content);
});

test("what is absent stays absent", async () => {
	const sign = readProofKey(pem, () => Date.parse(content.time));
	const proof = (await sign?.({ key: "a", size: 0 }, { owner: "" })) ?? "";
	expect(await verifyProof(proof, publicJwk)).toEqual({
		key: "a",
		size: 0,
		owner: "",
		time: content.time,
	});
});

test("every changed character of a proof is noticed", async () => {
	const proof = await proofBy(pem);
	for (let index = 0; index < proof.length; index++) {
		const other = proof[index] === "A" ? "B" : "A";
		const changed = proof.slice(0, index) + other + proof.slice(index + 1);
		await expect(verifyProof(changed, publicJwk), `character ${index}`).rejects.toMatchObject({
			name: "UploadError",
			code: "invalid-request",
		});
	}
});

test("a proof has one spelling: no other last character is accepted", async () => {
	const proof = await proofBy(pem);
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	const accepted: string[] = [];
	for (const last of alphabet) {
		const text = proof.slice(0, -1) + last;
		await verifyProof(text, publicJwk).then(
			() => accepted.push(text),
			() => undefined,
		);
	}
	expect(accepted).toEqual([proof]);
});

test("a text that is no proof, and a proof of another key, are refused with what is wrong", async () => {
	const proof = await proofBy(pem);
	const other = generateKeyPairSync("ed25519").publicKey.export({ format: "jwk" });
	await expect(verifyProof(proof, other)).rejects.toThrow("signature is not of this key");
	const [first = ""] = proof.split(".");
	for (const text of ["", "a.b", first, `${proof}.`, `${proof}=`, "a".repeat(20_000), undefined]) {
		await expect(verifyProof(text as string, publicJwk)).rejects.toThrow("This is not a proof");
	}
	for (const payload of ["not json", Buffer.from([0xff])]) {
		await expect(verifyProof(await signed(payload), publicJwk)).rejects.toThrow("not JSON");
	}
	for (const member of ["null", "[]", '{"key":"a"}', JSON.stringify({ ...content, size: "5" })]) {
		await expect(verifyProof(await signed(member), publicJwk)).rejects.toThrow("lacks a key");
	}
});

test("a public key of another kind is refused with what is wrong", async () => {
	const proof = await proofBy(pem);
	const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });
	for (const key of [ec, {}, null, undefined, "key", { kty: "OKP", crv: "X25519", x: "AA" }]) {
		await expect(verifyProof(proof, key as never)).rejects.toThrow("no Ed25519 key");
	}
	await expect(verifyProof(proof, { ...publicJwk, x: "AA" })).rejects.toMatchObject({
		code: "unsupported",
	});
	await expect(verifyProof(proof, imported)).rejects.toThrow("it is a private Ed25519 key");
});

test("a proofKey that is no Ed25519 private key is refused when the handler is made, and not quoted", () => {
	const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
	const ecPem = ec.privateKey.export({ format: "pem", type: "pkcs8" }) as string;
	for (const [key, problem] of [
		["", "It is empty."],
		["secret-text", "This string cannot be read as a private key."],
		[publicJwk, "This object cannot be read as a private key."],
		[ecPem, "This is a key for ec."],
		[null, "This object cannot be read as a private key."],
		[7, "This number cannot be read as a private key."],
		[{ ...privateJwk, crv: "X25519" }, "proofKey must be"],
	] as const) {
		let message = "";
		try {
			makeHandler({ proofKey: key as never });
		} catch (error) {
			message = (error as TypeError).message;
		}
		expect(message).toContain("proofKey must be an Ed25519 private key");
		expect(message).toContain(problem);
		expect(message).not.toContain("secret-text");
	}
	const usage = async () => {
		const pair = await webcrypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
		makeHandler({ proofKey: (pair as webcrypto.CryptoKeyPair).publicKey });
	};
	return expect(usage()).rejects.toThrow("This CryptoKey is a public Ed25519 key");
});

test("complete returns a proof of what is stored, for one request and for parts", async () => {
	const uploads = defineUploads({
		"files/*path": { authorize: ({ principal }) => principal !== null },
		"hooked/:n": { authorize: "public", onComplete: () => "done" },
	});
	const server = serve({ uploads, proofKey: pem });
	const single = await server.post("", createBody("files/one", 7), "customer-42");
	expect(single.body["confirm"]).toBe(true);
	server.provider.storeObject("files/one", 7, single.body["uploadId"]);
	const one = await server.post("complete", { token: single.body["token"] }, "customer-42");
	const proven = await verifyProof(one.body["proof"] as unknown as string, publicJwk);
	expect(proven).toMatchObject({
		key: "files/one",
		size: 7,
		owner: expect.stringMatching(/^.{22}$/),
	});
	expect(JSON.stringify(proven)).not.toContain("customer-42");

	const token = await begin(server, size, "hooked/parts");
	server.provider.storeParts("upload-1", sizes);
	const { body } = await server.post("complete", { token });
	expect(body["data"]).toBe("done");
	expect(await verifyProof(body["proof"] as unknown as string, publicJwk)).toMatchObject({
		key: "hooked/parts",
		size,
		owner: "",
	});
});

test("without a proofKey there is no proof, and single uploads need no complete", async () => {
	const server = serve();
	const { body } = await server.post("", createBody("files/one", 7));
	expect(body["confirm"]).toBe(false);
	server.provider.storeObject("files/one", 7, body["uploadId"]);
	const done = await server.post("complete", { token: body["token"] });
	expect(done.body).not.toHaveProperty("proof");
});

test("verifyProof bundles for browsers: it imports nothing of Node", async () => {
	const { outputFiles, warnings } = await build({
		stdin: {
			contents: 'export { verifyProof } from "./src/proof/index.ts"',
			resolveDir: new URL("../..", import.meta.url).pathname,
		},
		bundle: true,
		write: false,
		format: "esm",
		platform: "browser",
		conditions: ["source"],
	});
	expect(warnings).toEqual([]);
	const proof = await proofBy(pem);
	// what a browser has: the bundle runs without Node's globals
	vi.stubGlobal("Buffer", undefined);
	vi.stubGlobal("process", undefined);
	try {
		const url = `data:text/javascript,${encodeURIComponent(outputFiles[0]?.text ?? "")}`;
		const bundle: typeof import("../../src/proof/index.js") = await import(/* @vite-ignore */ url);
		expect(await bundle.verifyProof(proof, publicJwk)).toEqual(content);
	} finally {
		vi.unstubAllGlobals();
	}
});
