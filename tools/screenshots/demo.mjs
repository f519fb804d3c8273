import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDemoBackend } from "../../examples/local/backend.mjs";
import { startPage } from "../../examples/local/page-server.mjs";
import { openGallery } from "../../packages/registry/test/open-gallery.ts";

/** The demo page while it uploads through a storage that is busy. Each picture has a storage of its own. */
export async function takeDemo({ browser, options, path }) {
	const folder = await mkdtemp(join(tmpdir(), "skyput-screenshots-"));
	const backend = await startDemoBackend();
	const server = await startPage(backend);
	const context = await browser.newContext(options);
	try {
		const page = await context.newPage();
		const network = await context.newCDPSession(page);
		await network.send("Network.enable");
		const upload = (bytesPerSecond) =>
			network.send("Network.emulateNetworkConditions", {
				offline: false,
				latency: 0,
				downloadThroughput: -1,
				uploadThroughput: bytesPerSecond,
			});
		const choose = (...files) =>
			page.getByLabel("Files", { exact: true }).first().setInputFiles(files);
		const row = (name) => page.getByRole("listitem").filter({ hasText: name });

		// what an earlier run of the page stored, and what it left
		const [sunrise, lake] = await drawPictures(browser, ["sunrise.jpg", "lake.jpg"]);
		await page.goto(server.address);
		await choose(lake);
		await row("lake.jpg").getByText("Uploaded").waitFor();
		await upload(40_000_000);
		await choose(await sparseFile(folder, "interview.wav", 120_000_000));
		const left = page.getByRole("progressbar", { name: "interview.wav" });
		await page.waitForFunction((bar) => bar.ariaValueNow > 50, await left.elementHandle());
		page.on("dialog", (dialog) => dialog.accept());
		await page.goto("about:blank");
		await page.goto(server.address);
		await row("interview.wav").waitFor();

		await upload(-1);
		const html = { name: "index.html", mimeType: "text/html", buffer: Buffer.from("<p>") };
		await choose(sunrise, lake, html);
		await row("sunrise.jpg").getByText("Uploaded").waitFor();
		await row("lake.jpg").getByText("This name exists.").waitFor();
		await page.getByRole("radio", { name: "503s" }).check();
		await upload(7_000_000);
		await choose(await sparseFile(folder, "holiday.mp4", 70_000_000));
		const film = page.getByRole("progressbar", { name: "holiday.mp4" });
		await page.waitForFunction((bar) => bar.ariaValueNow > 55, await film.elementHandle());
		await page.evaluate(() => document.fonts.ready);
		await page.screenshot({ path });
	} finally {
		await context.close();
		await server.close();
		await backend.close();
		await rm(folder, { recursive: true });
	}
}

/** Pictures with something to see, which the page of the components draws. */
async function drawPictures(browser, names) {
	const gallery = await openGallery(browser);
	const pictures = [];
	for (const [index, name] of names.entries()) {
		const bytes = await gallery.evaluate(
			async ([name, hue]) => {
				const file = await window.drawPicture(name, hue, [2400, 1600]);
				return Array.from(new Uint8Array(await file.arrayBuffer()));
			},
			[name, 15 + 180 * index],
		);
		pictures.push({ name, mimeType: "image/jpeg", buffer: Buffer.from(bytes) });
	}
	await gallery.context().close();
	return pictures;
}

/** A sparse file of zeros. */
async function sparseFile(folder, name, size) {
	const path = join(folder, name);
	const file = await open(path, "w");
	await file.truncate(size);
	await file.close();
	return path;
}
