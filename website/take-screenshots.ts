// Takes the pictures of the built site for the documents, in real Chromium: `npm run screenshots`.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright";
import { findChromium } from "../tools/find-chromium.ts";
import { serveSite } from "./serve-site.ts";
import { root } from "./site-paths.ts";

/** Bytes; the pictures are in the repository. */
const largest = 200_000;
const pages = [
	["site-home", "/"],
	["site-page", "/concepts"],
] as const;

const executablePath = findChromium();
if (!executablePath) throw new Error("Chromium is missing: set CHROMIUM=/path/to/chrome");
const site = await serveSite();
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
	for (const [name, path] of pages) {
		for (const colorScheme of ["light", "dark"] as const) {
			for (const width of [390, 1280]) {
				const page = await browser.newPage({ colorScheme, viewport: { width, height: 860 } });
				await page.goto(site.address + path, { waitUntil: "networkidle" });
				const file = `docs/images/${name}-${colorScheme}-${width}.png`;
				await page.screenshot({ path: join(root, file), animations: "disabled" });
				await page.close();
				const { size } = await stat(join(root, file));
				console.log(`${file}, ${Math.round(size / 1000)} kB`);
				if (size > largest) throw new Error(`${file} has ${size} bytes, more than ${largest}`);
			}
		}
	}
} finally {
	await browser.close();
	site.close();
}
