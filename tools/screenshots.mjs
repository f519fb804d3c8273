// Takes the pictures of the demo page and of the components for the documents, in real Chromium, in light and dark, for
// phones and desktops: `npm run screenshots`, or with names, `npm run screenshots -- demo components`.
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { chromium } from "playwright";
import { buildIfStale } from "./build.mjs";
import { root } from "./command.mjs";
import { findChromium } from "./find-chromium.ts";
import { takeComponents } from "./screenshots/components.mjs";
import { takeDemo } from "./screenshots/demo.mjs";

await buildIfStale();

const images = join(root, "docs/images");
/** Bytes; the pictures are in the repository and in its front page. */
const largest = 250_000;
const subjects = { demo: takeDemo, components: takeComponents };
const asked = process.argv.slice(2);
const devices = [
	{
		viewport: { width: 390, height: 1180 },
		deviceScaleFactor: 1.5,
		hasTouch: true,
		isMobile: true,
	},
	{ viewport: { width: 1280, height: 900 }, deviceScaleFactor: 1 },
];

const executablePath = findChromium();
if (!executablePath) throw new Error("Chromium is missing: set CHROMIUM=/path/to/chrome");
await mkdir(images, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
	for (const name of asked.length > 0 ? asked : Object.keys(subjects)) {
		for (const colorScheme of ["light", "dark"]) {
			for (const device of devices) {
				const path = join(images, `${name}-${colorScheme}-${device.viewport.width}.png`);
				await subjects[name]({ browser, options: { ...device, colorScheme }, path });
				const { size } = await stat(path);
				console.log(`${path.slice(root.length)}, ${Math.round(size / 1000)} kB`);
				if (size > largest) throw new Error(`${path} has ${size} bytes, more than ${largest}`);
			}
		}
	}
} finally {
	await browser.close();
}
