// Uses the page of an example as a person does, in Chromium: uploads a file, reads it back, and continues a
// large one after a reload.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { findChromium } from "./find-chromium.ts";

/** Eight parts of the usual 16 MiB. */
const filmBytes = 120_000_000;
const parts = Math.ceil(filmBytes / 2 ** 24);

/**
 * @param {string} address of a page with an input labelled "Files", and a list item for each file that has a
 *   link "Download" once it is stored
 */
export async function checkPage(address) {
	const executablePath = findChromium();
	assert.ok(executablePath, "needs Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM)");
	const folder = await mkdtemp(join(tmpdir(), "skyput-page-"));
	const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
	try {
		const page = await browser.newPage();
		page.setDefaultTimeout(120_000);
		page.on("pageerror", (error) => console.error(error));
		await page.goto(address);

		const note = await writeRandom(join(folder, "note.txt"), 1_000);
		await choose(page, note.path);
		assert.ok(note.bytes.equals(await download(page, "note.txt")), "the note differs");

		const film = await writeRandom(join(folder, "film.bin"), filmBytes);
		await breakOff(page, film.path);
		let sent = 0;
		page.on("request", (request) => {
			if (request.method() === "PUT") sent += 1;
		});
		await choose(page, film.path);
		assert.ok(film.bytes.equals(await download(page, "film.bin")), "the film differs");
		assert.ok(sent < parts, `after the reload ${sent} of ${parts} parts were sent`);
	} finally {
		await browser.close();
		await rm(folder, { recursive: true });
	}
}

async function writeRandom(path, size) {
	const bytes = randomBytes(size);
	await writeFile(path, bytes);
	return { path, bytes };
}

const rowOf = (page, path) =>
	page
		.getByRole("listitem")
		.filter({ hasText: path.split("/").at(-1) })
		.last();

/** Chooses a file, again while the page does not listen yet. */
async function choose(page, path) {
	for (let tries = 10; ; tries -= 1) {
		await page.getByLabel("Files").setInputFiles(path);
		try {
			await rowOf(page, path).waitFor({ timeout: 10_000 });
			return;
		} catch (error) {
			if (tries === 0) throw error;
			await page.getByLabel("Files").setInputFiles([]);
		}
	}
}

/** Begins an upload on a slow line, and reloads the page when some parts are stored. */
async function breakOff(page, path) {
	const line = await page.context().newCDPSession(page);
	await line.send("Network.enable");
	const conditions = { offline: false, latency: 0, downloadThroughput: -1 };
	const limit = (uploadThroughput) =>
		line.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput });
	await limit(20_000_000);
	let stored = 0;
	const enough = new Promise((resolve) => {
		page.on("response", (response) => {
			if (response.request().method() !== "PUT" || !response.ok()) return;
			stored += 1;
			if (stored === 3) resolve();
		});
	});
	await choose(page, path);
	await enough;
	await page.reload();
	await limit(-1);
}

/** What the link of a file leads to. */
async function download(page, name) {
	const link = rowOf(page, name).getByRole("link", { name: "Download" });
	const href = await link.getAttribute("href");
	const response = await page.request.get(new URL(href ?? "", page.url()).href);
	assert.ok(response.ok(), `${name} cannot be read: HTTP ${response.status()}`);
	return response.body();
}
