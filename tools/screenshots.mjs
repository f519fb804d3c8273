// Takes the pictures of the demo page for the documents, in real Chromium: `npm run screenshots`.
import { mkdir, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright";
import { buildIfStale } from "./build.mjs";
import { root } from "./command.mjs";
import { findChromium } from "./find-chromium.ts";

await buildIfStale();
const { startDemoBackend } = await import("../examples/local/backend.mjs");
const { startPage } = await import("../examples/local/page-server.mjs");

const images = join(root, "docs/images");
/** Bytes; the pictures are in the repository and in its front page. */
const largest = 150_000;
const viewports = [
	{ width: 390, height: 900, scale: 2 },
	{ width: 1280, height: 860, scale: 1 },
];

const executablePath = findChromium();
if (!executablePath) throw new Error("Chromium is missing: set CHROMIUM=/path/to/chrome");

const folder = await mkdtemp(join(tmpdir(), "skyput-screenshots-"));
await mkdir(images, { recursive: true });
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
try {
	const files = [
		await sparseFile("beach.jpg", 3_400_000),
		await sparseFile("backup.tar", 6_200_000_000),
		await sparseFile("holiday.mp4", 150_000_000),
		await sparseFile("interview.wav", 41_000_000),
		await sparseFile("slides.pdf", 12_800_000),
	];
	for (const colorScheme of ["light", "dark"]) {
		for (const viewport of viewports) {
			const path = join(images, `demo-${colorScheme}-${viewport.width}.png`);
			await takePicture({ files, colorScheme, viewport, path });
			const { size } = await stat(path);
			console.log(`${path.slice(root.length)}, ${Math.round(size / 1000)} kB`);
			if (size > largest) throw new Error(`${path} has ${size} bytes, more than ${largest}`);
		}
	}
} finally {
	await browser.close();
	await rm(folder, { recursive: true });
}

/** A sparse file of zeros. */
async function sparseFile(name, size) {
	const path = join(folder, name);
	const file = await open(path, "w");
	await file.truncate(size);
	await file.close();
	return path;
}

/** Each picture has a storage of its own, which is empty. */
async function takePicture({ files, colorScheme, viewport, path }) {
	const { scale: deviceScaleFactor } = viewport;
	const backend = await startDemoBackend();
	const server = await startPage(backend);
	const context = await browser.newContext({ viewport, colorScheme, deviceScaleFactor });
	try {
		const page = await context.newPage();
		const network = await context.newCDPSession(page);
		await page.goto(server.address);
		await page.evaluate(() => document.fonts.ready);
		await network.send("Network.enable");
		const upload = (bytesPerSecond) =>
			network.send("Network.emulateNetworkConditions", {
				offline: false,
				latency: 0,
				downloadThroughput: -1,
				uploadThroughput: bytesPerSecond,
			});
		const [first, ...others] = files;
		await page.setInputFiles("#files", first);
		await page.getByText("1 of 1 uploaded").waitFor();
		// slow enough to show uploads in progress
		await upload(12_000_000);
		await page.setInputFiles("#files", others);
		const film = page.getByRole("progressbar", { name: "holiday.mp4" });
		await page.waitForFunction((bar) => bar.value > 0.4, await film.elementHandle());
		await page.screenshot({ path });
	} finally {
		await context.close();
		await server.close();
		await backend.close();
	}
}
