// Uploads through the worker in workerd and compares what the storage then holds: `npm test`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";
import "./build.mjs";
import "./local-storage.mjs";
import { startWorkerd } from "./start-workerd.mjs";

const endpoint = `${await startWorkerd(0)}/uploads`;
const client = createClient({ endpoint });

const { BUCKET_NAME: bucket, AWS_REGION: region, S3_ENDPOINT } = process.env;
const storage = s3Provider({ bucket, region, endpoint: S3_ENDPOINT });
async function stored(key) {
	const { url } = await storage.signDownload(key, { expiresIn: 60 });
	return Buffer.from(await (await fetch(url)).arrayBuffer());
}

// a plain URL, as curl would ask for it
const smallFile = randomBytes(16);
const asked = await fetch(`${endpoint}?key=users/42/note.bin&size=16`);
assert.equal(asked.status, 200);
const { uploadURL, method, headers } = await asked.json();
assert.equal((await fetch(uploadURL, { method, headers, body: smallFile })).status, 200);
assert.ok(smallFile.equals(await stored("users/42/note.bin")));
console.log("stored and compared users/42/note.bin, by a plain URL");

// a plan for one PUT, and one in parts: files above 100 MB would go in parts by themselves
for (const [name, size] of [
	["photo.bin", 1_000],
	["film.bin", 20_000_000],
]) {
	const bytes = randomBytes(size);
	const options = { multipartThreshold: 10_000_000 };
	const { key } = await client.uploadFile(bytes, `users/42/${name}`, options);
	assert.ok(bytes.equals(await stored(key)), `${key} differs`);
	console.log(`stored and compared ${key}, ${size} bytes`);
}

await assert.rejects(
	client.uploadFile(randomBytes(1), "users/43/note.bin"),
	({ code }) => code === "forbidden",
);
console.log("refused another user's key");
process.exit();
