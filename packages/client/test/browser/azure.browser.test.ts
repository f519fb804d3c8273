import { expect, inject, it } from "vitest";
import { createClient } from "../../src/browser/index.js";

// The same bundle as for S3, on Azurite with the CORS rule of docs/azure.md.

const client = createClient({ endpoint: inject("azure") });
const bytes = Uint8Array.from({ length: 3_500_000 }, (_, index) => (index * 131) % 251);

const heldAt = async (key: string): Promise<unknown> =>
	(await fetch(`${inject("reader")}/${encodeURIComponent(key)}?azure`)).json();

const crcOf = async (part: Uint8Array<ArrayBuffer>): Promise<number> => {
	const { createCrc32 } = await import("../../src/digests/crc32.js");
	const hasher = createCrc32();
	hasher.update(part);
	return new DataView(
		Uint8Array.from(atob(hasher.digest()), (c) => c.charCodeAt(0)).buffer,
	).getUint32(0);
};

it.each([
	["empty", 0],
	["small", 5],
	["large", bytes.length],
])("uploads a file and a stream that are %s to Azure, verified", async (name, size) => {
	const part = bytes.subarray(0, size);
	const file = new File([part], name, { type: "video/mp4" });
	for (const source of [file, file.stream()]) {
		const key = `files/${name}-${crypto.randomUUID()}`;
		const result = await client.uploadFile(source, key, {
			contentType: "video/mp4",
			multipartThreshold: 1,
		});
		expect(result).toMatchObject({ key, size, verified: true });
		expect(await heldAt(key)).toEqual({ size, crc32: await crcOf(part), contentType: "video/mp4" });
	}
});

it("refuses a taken key of Azure", async () => {
	const key = `files/${crypto.randomUUID()}`;
	await client.uploadFile(bytes.subarray(0, 9), key);
	await expect(client.uploadFile(bytes, key)).rejects.toMatchObject({ code: "already-exists" });
	expect(await heldAt(key)).toMatchObject({ size: 9 });
});
