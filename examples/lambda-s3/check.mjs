// Builds the function, runs the bundle in a process of its own, uploads through it, compares what the
// storage then holds, and checks what matters in the template: `npm test`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";
import { startS3Server } from "@skyput/testing";
import "./build.mjs";
import { checkTemplate } from "./check-template.mjs";

const storage = await startS3Server();
const { bucket, region, endpoint, accessKeyId, secretAccessKey } = storage;

// what Lambda gives a function, and nothing else: no PATH, no home, no variable of this shell
const lambda = spawn(process.execPath, ["serve.mjs"], {
	stdio: ["ignore", "pipe", "inherit"],
	env: {
		BUCKET_NAME: bucket,
		ALLOWED_ORIGINS: "https://app.example.com,https://admin.example.com",
		UPLOAD_TOKEN_SECRET: randomBytes(48).toString("base64"),
		UPLOAD_TOKEN_SECRET_PREVIOUS: randomBytes(48).toString("base64"),
		S3_ENDPOINT: endpoint,
		AWS_REGION: region,
		AWS_ACCESS_KEY_ID: accessKeyId,
		AWS_SECRET_ACCESS_KEY: secretAccessKey,
	},
});

try {
	const [address] = await once(lambda.stdout, "data");
	const [api] = /http:\S+/.exec(address);
	const client = createClient({ endpoint: api });
	const credentials = { accessKeyId, secretAccessKey };
	const provider = s3Provider({ bucket, region, endpoint, credentials });

	// one PUT, then parts, for which the function loads the AWS SDK
	for (const [name, size] of [
		["note.bin", 1_000],
		["film.bin", 20_000_000],
	]) {
		const bytes = randomBytes(size);
		const options = { multipartThreshold: 10_000_000 };
		const { key } = await client.uploadFile(bytes, `users/42/${name}`, options);
		const { url } = await provider.signDownload(key, { expiresIn: 60 });
		const stored = Buffer.from(await (await fetch(url)).arrayBuffer());
		assert.ok(bytes.equals(stored), `${key} differs`);
		console.log(`stored and compared ${key}, ${size} bytes`);
	}

	for (const origin of ["https://app.example.com", "https://admin.example.com"]) {
		const preflight = await fetch(api, {
			method: "OPTIONS",
			headers: { origin, "access-control-request-method": "POST" },
		});
		assert.equal(preflight.status, 204);
		assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
	}
	await assert.rejects(
		client.uploadFile(randomBytes(1), "users/43/note.bin"),
		({ code }) => code === "forbidden",
	);
	console.log("let both pages in, and refused another user's key");
} finally {
	lambda.kill();
	await storage.close();
}

await checkTemplate("template.yaml");
console.log("the template has what its users rely on");
