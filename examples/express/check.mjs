// Uploads through the running server and compares what the storage then holds: `npm test`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";
import "./local-storage.mjs";

process.env.PORT = "0";
const { server } = await import("./server.ts");
if (!server.listening) await once(server, "listening");

const api = `http://127.0.0.1:${server.address().port}`;
const endpoint = `${api}/uploads`;
const headers = { authorization: "Bearer a-session-of-user-42" };
const client = createClient({ endpoint, headers });

const { BUCKET_NAME: bucket, AWS_REGION: region, S3_ENDPOINT } = process.env;
const storage = s3Provider({ bucket, region, endpoint: S3_ENDPOINT });
async function stored(key) {
	const { url } = await storage.signDownload(key, { expiresIn: 60 });
	return Buffer.from(await (await fetch(url)).arrayBuffer());
}

// one PUT, and parts: files above 100 MB would go in parts by themselves
for (const [name, size] of [
	["note.bin", 1_000],
	["film.bin", 20_000_000],
]) {
	const bytes = randomBytes(size);
	const options = { multipartThreshold: 10_000_000 };
	const { key } = await client.uploadFile(bytes, `users/42/${name}`, options);
	assert.ok(bytes.equals(await stored(key)), `${key} differs`);
	console.log(`stored and compared ${key}, ${size} bytes`);
}

await assert.rejects(
	createClient({ endpoint }).uploadFile(randomBytes(1), "users/42/other.bin"),
	({ code }) => code === "unauthenticated",
);
const echo = await fetch(`${api}/echo`, {
	method: "POST",
	headers: { "content-type": "application/json" },
	body: '{"still":"parsed"}',
});
assert.deepEqual(await echo.json(), { still: "parsed" });
console.log("refused a caller without a session; the rest of the app answers as before");
process.exit();
