import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { chromium } from "playwright";
import { findChromium } from "./find-chromium.ts";

const executablePath = findChromium();
assert.ok(executablePath, "needs Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM)");

/**
 * Chooses a file in a page, and waits until it is stored with its bytes, and the page says so.
 *
 * @param address of the page
 * @param input finds the page's file input: `(page) => page.locator("input")`
 * @param isShown finds what the page shows in the end
 */
export async function uploadInPage(address, input, isShown) {
	const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
	try {
		const page = await browser.newPage();
		page.setDefaultTimeout(240_000);
		page.on("pageerror", (error) => console.error(error));
		await page.goto(address);
		const buffer = randomBytes(1_000_000);
		const stored = page.waitForResponse((response) => response.request().method() === "PUT");
		const file = { name: "film.bin", mimeType: "application/octet-stream", buffer };
		const [response] = await Promise.all([stored, input(page).setInputFiles(file)]);
		// of an object that came by one PUT, the ETag is the MD5 of what is stored
		const md5 = createHash("md5").update(buffer).digest("hex");
		assert.equal(response.headers().etag, `"${md5}"`);
		await isShown(page).waitFor();
	} finally {
		await browser.close();
	}
}
