// Uses the page of an example as a person does, in Chromium: uploads a file, reads it back, and continues a
// large one after a reload.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright";
import { root } from "./command.mjs";
import { findChromium } from "./find-chromium.ts";

/** Eight parts of the usual 16 MiB. */
const filmBytes = 120_000_000;
const parts = Math.ceil(filmBytes / 2 ** 24);

/**
 * @param {string} address of a page with an input labelled "Files", and a list item for each file that has a
 *   link or button "Download" once it is stored
 * @param {(page: import("playwright").Page) => Promise<void>} [prepare] what to do before the page is opened
 */
export async function checkPage(address, prepare = async () => {}) {
	const executablePath = findChromium();
	assert.ok(executablePath, "needs Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM)");
	const folder = await mkdtemp(join(tmpdir(), "skyput-page-"));
	// without it a page that no server sent may not call this machine
	const args = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"];
	const browser = await chromium.launch({ executablePath, args });
	try {
		const page = await browser.newPage();
		page.setDefaultTimeout(240_000);
		page.on("pageerror", (error) => console.error(error));
		await prepare(page);
		await page.goto(address, { waitUntil: "networkidle" });

		const smallFile = await writeRandom(join(folder, "note.txt"), 1_000);
		await choose(page, smallFile.path);
		assert.ok(smallFile.bytes.equals(await download(page, "note.txt")), "the note differs");

		const film = await writeRandom(join(folder, "film.bin"), filmBytes);
		await breakOff(page, film.path);
		// by number, since a slow part may be sent twice
		const sent = new Set();
		page.on("request", (request) => {
			if (request.method() === "PUT")
				sent.add(new URL(request.url()).searchParams.get("partNumber"));
		});
		await choose(page, film.path);
		assert.ok(film.bytes.equals(await download(page, "film.bin")), "the film differs");
		assert.ok(sent.size < parts, `after the reload ${sent.size} of ${parts} parts were sent`);
	} finally {
		await browser.close();
		await rm(folder, { recursive: true });
	}
}

/**
 * Does the same with an endpoint that has no page, from a page of another origin, which `cors.origins` lists.
 *
 * @param {string} endpoint of the upload handler
 * @param {Readonly<Record<string, string>>} [headers] that tell it who calls
 */
export async function checkEndpoint(endpoint, headers = {}) {
	const source = await readFile(join(root, "tools/fixtures/upload-page.ts"), "utf8");
	const set = (text, from, to) => {
		assert.ok(text.includes(from), `the page of docs/frameworks.md has no ${from}`);
		return text.replace(from, JSON.stringify(to));
	};
	const contents = set(
		set(source, '"/api/uploads"', endpoint),
		'{ authorization: "Bearer 42" }',
		headers,
	);
	const { outputFiles } = await build({
		stdin: { contents, loader: "ts", resolveDir: root },
		alias: { "@skyput/client": join(root, "packages/client/src/browser/index.ts") },
		conditions: ["source"],
		bundle: true,
		format: "esm",
		write: false,
	});
	const html = `<!doctype html><label>Files <input type="file" multiple></label><ul></ul>
		<script type="module" src="/page.js"></script>`;
	// no server: the browser takes these for the answers of the host
	await checkPage("http://localhost:5173/", async (page) => {
		await page.route("http://localhost:5173/**", (route) =>
			route.request().url().endsWith(".js")
				? route.fulfill({ contentType: "text/javascript", body: outputFiles[0].text })
				: route.fulfill({ contentType: "text/html", body: html }),
		);
	});
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
	for (let tries = 4; ; tries -= 1) {
		await page.getByLabel("Files").setInputFiles(path);
		try {
			// a second choice would upload the file again where the first was only slow
			await rowOf(page, path).waitFor({ timeout: 60_000 });
			return;
		} catch (error) {
			if (tries === 0) throw error;
			await page.getByLabel("Files").setInputFiles([]);
		}
	}
}

/** Begins an upload of which three parts are stored and no other leaves the browser, and reloads the page then. */
async function breakOff(page, path) {
	let stored = 0;
	await page.route(
		(url) => url.searchParams.has("partNumber"),
		(route) => {
			// those that stay open end with the page
			if (route.request().method() !== "PUT" || stored < 3) return route.continue();
		},
	);
	const isThird = (response) => {
		if (response.request().method() === "PUT" && response.ok()) stored += 1;
		return stored === 3;
	};
	const enough = page.waitForResponse(isThird, { timeout: 240_000 });
	await Promise.all([enough, choose(page, path)]);
	await page.reload({ waitUntil: "networkidle" });
	await page.unrouteAll({ behavior: "ignoreErrors" });
}

/** What the link or button of a file leads to. */
async function download(page, name) {
	const target = rowOf(page, name).getByText("Download");
	const href = await target.getAttribute("href");
	if (href === null) {
		const [saved] = await Promise.all([page.waitForEvent("download"), target.click()]);
		return readFile(await saved.path());
	}
	const response = await page.request.get(new URL(href, page.url()).href);
	assert.ok(response.ok(), `${name} cannot be read: HTTP ${response.status()}`);
	return response.body();
}
