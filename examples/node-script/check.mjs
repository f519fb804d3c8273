// Runs the script against a local Lambda and storage and compares the bytes: `npm test`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { defineUploads } from "@skyput/server";
import { startBackend } from "@skyput/testing";

const uploads = defineUploads({ "videos/:userId/*path": { authorize: "public" } });
const backend = await startBackend({ uploads });
const folder = await mkdtemp(join(tmpdir(), "skyput-script-"));
const film = join(folder, "film.mp4");

try {
	const bytes = randomBytes(120_000_000);
	await writeFile(film, bytes);

	const first = await upload(film, "videos/42/film.mp4");
	assert.equal(first.code, 0, first.stderr);
	assert.match(first.stdout, /\[#{30}\] 100 %, .*\nstored videos\/42\/film\.mp4, 120000000 bytes/);
	const stored = await backend.read("videos/42/film.mp4");
	assert.ok(stored && bytes.equals(stored), "the stored film differs");
	console.log("stored 120 MB in parts, and compared them");

	const again = await upload(film, "videos/42/film.mp4");
	assert.equal(again.code, 1);
	assert.match(again.stderr, /already-exists: /);
	const elsewhere = await upload(film, "music/film.mp4");
	assert.equal(elsewhere.code, 1);
	assert.match(elsewhere.stderr, /(forbidden|unauthenticated): /);
	const nothing = await upload(join(folder, "no.mp4"), "videos/42/no.mp4");
	assert.equal(nothing.code, 1);
	assert.equal((await upload(film)).code, 2);
	console.log("said what was wrong: key taken, key refused, no such file, no key");
} finally {
	await rm(folder, { recursive: true });
	await backend.close();
}

async function upload(...words) {
	const script = fileURLToPath(new URL("upload.mjs", import.meta.url));
	const child = spawn(process.execPath, [script, ...words], {
		env: { ...process.env, ENDPOINT: backend.endpoint },
	});
	const [stdout, stderr, code] = await Promise.all([
		text(child.stdout),
		text(child.stderr),
		new Promise((resolve) => child.once("close", resolve)),
	]);
	return { stdout, stderr, code };
}
