// Builds the app, starts it, uploads through it and compares what the storage then holds: `npm test`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { createClient } from "@skyput/client";
import { s3Provider } from "@skyput/server/s3";

process.env.NEXT_TELEMETRY_DISABLED = "1";
const next = (words, options) =>
	spawn(process.execPath, ["node_modules/next/dist/bin/next", ...words], options);

// before there is a bucket, as on the machine that builds
await build();

await import("./local-storage.mjs");
const app = await start();
const url = app.address;

const client = createClient({ endpoint: `${url}/api/uploads` });
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

const origin = "http://localhost:5173";
const preflight = await fetch(`${url}/api/uploads/parts`, {
	method: "OPTIONS",
	headers: { origin, "access-control-request-method": "POST" },
});
assert.equal(preflight.status, 204);
assert.equal(preflight.headers.get("access-control-allow-origin"), origin);
const refused = await fetch(`${url}/api/uploads?key=users/43/a&size=1`, { headers: { origin } });
assert.equal(refused.status, 403);
assert.equal(refused.headers.get("content-type"), "application/problem+json");
const slash = createClient({ endpoint: `${url}/api/uploads/` });
await slash.uploadFile(randomBytes(10), "users/42/slash.bin");
console.log("a preflight, a refusal and a trailing slash are answered");

assert.match(await (await fetch(url)).text(), /Upload a file/);
console.log("the page is served");
app.child.kill();

// below a base path, with slashes at the end
process.env.BASE_PATH = "/shop";
await build();
const shop = await start();
for (const slash of ["", "/"]) {
	const endpoint = `${shop.address}/shop/api/uploads${slash}`;
	const below = createClient({
		endpoint,
		// as browsers do, which follow no redirect of these calls
		fetch: (request) => fetch(request, { redirect: "error" }),
	});
	const options = { multipartThreshold: 10 };
	await below.uploadFile(randomBytes(20), `users/42/shop${slash.length}.bin`, options);
}
console.log("the same works with basePath and trailingSlash");
process.exit();

async function build() {
	const [code] = await once(next(["build"], { stdio: "inherit" }), "exit");
	assert.equal(code, 0, "next build failed");
}

async function start() {
	const child = next(["start", "--hostname", "127.0.0.1", "--port", "0"], {
		stdio: ["ignore", "pipe", "inherit"],
	});
	process.once("exit", () => child.kill());
	return { child, address: await addressOf(child) };
}

/** Where the app listens, which it prints. */
async function addressOf(child) {
	for await (const line of createInterface({ input: child.stdout })) {
		const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
		if (found) return found;
	}
	throw new Error("next start ended without an address");
}
