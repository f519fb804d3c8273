// Uploads through the running server and compares what the storage then holds: `npm test`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";
import { sign } from "hono/jwt";
import "./local-storage.mjs";

Object.assign(process.env, { PORT: "0", JWT_SECRET: randomBytes(32).toString("hex") });
const { server } = await import("./server.ts");
if (!server.listening) await once(server, "listening");

const endpoint = `http://127.0.0.1:${server.address().port}/uploads`;
const token = await sign({ sub: "42" }, process.env.JWT_SECRET, "HS256");
const client = createClient({ endpoint, headers: { authorization: `Bearer ${token}` } });

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
	client.uploadFile(randomBytes(1), "users/43/note.bin"),
	({ code }) => code === "forbidden",
);
await assert.rejects(
	createClient({ endpoint, headers: { authorization: "Bearer of.bad.news" } }).uploadFile(
		randomBytes(1),
		"users/42/other.bin",
	),
	({ code }) => code === "unauthenticated",
);
console.log("refused another user's key, and a caller without a valid token");
process.exit();
