import { generateKeyPairSync } from "node:crypto";
import { defineUploads } from "@skyput/server";
import { verifyProof } from "@skyput/server/proof";
import { startBackend } from "@skyput/testing";
import { expect, test } from "vitest";
import { createClient } from "../../src/node/index.js";

test("an upload's result has the server's proof, for one request and for parts", async () => {
	const { privateKey, publicKey } = generateKeyPairSync("ed25519");
	const backend = await startBackend({
		uploads: defineUploads({ "files/:name": { authorize: "public", partSize: "5 MiB" } }),
		handler: { proofKey: privateKey.export({ format: "jwk" }) },
	});
	try {
		const client = createClient({ endpoint: backend.endpoint });
		for (const size of [5, 6 * 2 ** 20]) {
			const options = { multipartThreshold: 2 ** 20 };
			const key = `files/${size}`;
			const { proof = "", checksum } = await client.uploadFile(new Uint8Array(size), key, options);
			const content = await verifyProof(proof, publicKey.export({ format: "jwk" }));
			expect(content).toMatchObject({ key, size, checksum });
			expect((await backend.read(content.key))?.byteLength).toBe(content.size);
		}
	} finally {
		await backend.close();
	}
});
