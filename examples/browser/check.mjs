// Builds the page, serves it, uploads through it in Chromium and compares the bytes: `pnpm test`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { s3Provider } from "@skyput/server/s3";
import { chromium } from "playwright";
import { build, preview } from "vite";
import { findChromium } from "../../tools/find-chromium.ts";
import "./local-storage.mjs";

const executablePath = findChromium();
if (!executablePath) {
	throw new Error("needs Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM)");
}

const { BUCKET_NAME: bucket, AWS_REGION: region, S3_ENDPOINT } = process.env;
const storage = s3Provider({ bucket, region, endpoint: S3_ENDPOINT });
async function stored(name) {
	const { url } = await storage.signDownload(`users/42/${name}`, { expiresIn: 60 });
	return Buffer.from(await (await fetch(url)).arrayBuffer());
}

const folder = await mkdtemp(join(tmpdir(), "skyput-page-"));
const smallFile = join(folder, "note.txt");
const film = join(folder, "film.bin");
await writeFile(smallFile, "hello from a page\n");
await writeFile(film, randomBytes(120_000_000));

await build({ logLevel: "warn" });
const server = await preview({ preview: { port: 0, host: "127.0.0.1" }, logLevel: "warn" });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
try {
	const page = await browser.newPage();
	page.setDefaultTimeout(240_000);
	await page.goto(`http://127.0.0.1:${server.httpServer.address().port}`);
	const shows = (name, text) => {
		const row = page.getByRole("listitem").filter({ hasText: name }).last();
		return row.getByRole("status").filter({ hasText: text }).waitFor();
	};

	// one PUT, and parts
	await page.getByLabel("Files").setInputFiles([smallFile, film]);
	for (const file of [smallFile, film]) {
		const bytes = await readFile(file);
		await shows(basename(file), `Uploaded as users/42/${basename(file)}, ${bytes.length} bytes`);
		assert.ok(bytes.equals(await stored(basename(file))), `${file} differs`);
		console.log(`stored and compared ${basename(file)}, ${bytes.length} bytes`);
	}

	await page.getByLabel("Files").setInputFiles(smallFile);
	await shows("note.txt", /taken|exists/);
	console.log("refused a taken key");

	// a storage that never answers
	const late = join(folder, "late.bin");
	await writeFile(late, "late");
	await page.route(`${S3_ENDPOINT}/**`, () => {});
	await page.getByLabel("Files").setInputFiles(late);
	await page.getByRole("button", { name: "Cancel late.bin" }).click();
	await shows("late.bin", "Canceled");
	console.log("canceled an upload");
} finally {
	await browser.close();
	await server.close();
	await rm(folder, { recursive: true });
}
process.exit();
