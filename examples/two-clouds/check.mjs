// Uploads to both clouds through the running server, and compares what each then holds: `npm test`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createClient } from "@skyput/client";
import "./local-storage.mjs";

process.env.PORT = "0";
const { server } = await import("./server.ts");
if (!server.listening) await once(server, "listening");

const client = createClient({ endpoint: `http://127.0.0.1:${server.address().port}/uploads` });
const { S3_ENDPOINT, AZURE_STORAGE_ENDPOINT } = process.env;

// one PUT, and parts: files above 100 MB would go in parts by themselves
for (const size of [1_000, 20_000_000]) {
	for (const [folder, storage] of [
		["documents", S3_ENDPOINT],
		["films", AZURE_STORAGE_ENDPOINT],
	]) {
		const bytes = randomBytes(size);
		const { key, verified } = await client.uploadFile(bytes, `${folder}/${size}.mp4`, {
			contentType: "video/mp4",
			multipartThreshold: 10_000_000,
		});
		assert.ok(verified, `${key} was not verified`);
		const url = await client.downloadUrl(key);
		assert.equal(new URL(url).origin, new URL(storage).origin);
		assert.ok(bytes.equals(Buffer.from(await (await fetch(url)).arrayBuffer())), `${key} differs`);
		console.log(`stored, verified and compared ${key}, ${size} bytes`);
	}
}

await assert.rejects(
	client.uploadFile(randomBytes(1), "films/1000.mp4", { contentType: "video/mp4" }),
	({ code }) => code === "already-exists",
);
await assert.rejects(
	client.uploadFile(randomBytes(1), "films/page.html", { contentType: "text/html" }),
	({ code }) => code === "unsupported-type",
);
console.log("refused a taken key and a type, also on Azure");
process.exit();
