import { openGallery } from "../../packages/registry/test/open-gallery.ts";

/** The components with a file in each state; their uploads are not real. */
export async function takeComponents({ browser, options, path }) {
	const { width } = options.viewport;
	const viewport = width < 800 ? { width, height: 1935 } : { width, height: 985 };
	const page = await openGallery(browser, { ...options, viewport });
	await page.evaluate(async () => {
		const { lists, uploads, drawPicture } = window;
		const add = (name, files) => lists.get(name).add(files);
		const file = (name, type = "") => new File([new Uint8Array(100)], name, { type });
		await add("files", [
			await drawPicture("Sunrise over the valley near the old observatory.jpg", 12),
			await drawPicture("lake.jpg", 195),
			file("holiday.mp4", "video/mp4"),
			file("podcast.mp3", "audio/mpeg"),
			await drawPicture("beach.jpg", 330),
			file("contract.pdf", "application/pdf"),
			await drawPicture("forest.jpg", 110),
		]);
		await add("avatar", [await drawPicture("ada.jpg", 262, [900, 1200])]);
		await add("button", [file("invoice.pdf")]);
		const album = [1, 2, 3].map((day) => ({
			file: file(`IMG_0${day}.heic`),
			path: `summer/day ${day}/IMG_0${day}.heic`,
		}));
		await add("folder", album);
		// each upload has begun a task later
		await new Promise((done) => setTimeout(done));
		uploads.complete("Sunrise over the valley near the old observatory.jpg");
		const MB = 1_000_000;
		const moving = { loaded: 1.3 * MB, total: 3.1 * MB, bytesPerSecond: 0.4 * MB, secondsLeft: 5 };
		uploads.set("lake.jpg", moving);
		const retrying = { state: "retrying", code: "network", retryingAt: Date.now() + 8_000 };
		uploads.set("holiday.mp4", { ...retrying, loaded: 64 * MB, total: 150 * MB });
		uploads.set("podcast.mp3", { state: "paused", loaded: 21 * MB, total: 50 * MB });
		uploads.fail("beach.jpg", "already-exists");
		uploads.set("forest.jpg", { state: "offline", loaded: MB, total: 4 * MB });
		uploads.complete("ada.jpg");
		uploads.set("invoice.pdf", { loaded: 64 });
		uploads.complete("IMG_01.heic");
		const second = { loaded: 1.2 * MB, total: 2.4 * MB, bytesPerSecond: 0.8 * MB, secondsLeft: 2 };
		uploads.set("IMG_02.heic", second);
	});
	await page.getByRole("img", { name: "Ada Lovelace" }).and(page.locator("img")).waitFor();
	await page.waitForFunction(() => document.querySelectorAll(".sk-thumbnail img").length === 4);
	await page.evaluate(() => document.fonts.ready);
	await page.screenshot({ path });
	await page.context().close();
}
