// Uploads from pages of Chromium, which lose their network and are reloaded in the middle.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { patience } from "./run-upload.mjs";
import { startBrowser } from "./start-browser.mjs";
import { drawInterruptions } from "./upload-specs.mjs";

/** Milliseconds without a network. */
const outage = 1_500;

/**
 * @param {number} seed
 * @param {AbortSignal} signal
 */
export async function openPages(seed, signal) {
	const browser = await startBrowser(signal);
	/** Those that nobody uploads from at present. */
	const idle = [];
	return {
		/** As `carryOut` in Node, and how often the page was interrupted. */
		async carryOut(errand, cloud, bytes, folder) {
			const page = idle.pop() ?? (await browser.openPage());
			const path = join(folder, `${errand.number}.bin`);
			await writeFile(path, bytes);
			const options = {
				key: errand.key,
				endpoint: `${cloud.endpoint}/${errand.number}`,
				stallTimeout: 2_000,
				multipartThreshold: errand.multipartThreshold,
				resume: true,
				patience,
			};
			try {
				return await uploadFrom(page, path, options, bytes.length, drawInterruptions(seed, errand));
			} finally {
				idle.push(page);
				await rm(path);
			}
		},
		close: browser.close,
	};
}

async function uploadFrom(page, path, options, size, { offlineAt, reloadAt }) {
	let interruptions = 0;
	let over = false;
	const start = async () => {
		await page.setInputFiles("#file", path);
		return page.evaluate((choice) => globalThis.upload(choice), options);
	};
	/** Resolves with whether it came that far before the end. */
	const reaches = async (share) => {
		while (!done) {
			const { key, loaded } = (await page.evaluate(() => globalThis.progress)) ?? {};
			// from the first byte on: without a network, code that is loaded on demand cannot be
			if (key === options.key && loaded > 0 && loaded >= share * size) return true;
			await sleep(20);
		}
		return false;
	};
	let upload = start();
	const note = () => {
		over = true;
	};
	upload.then(note, note);

	const goOffline = async () => {
		if (offlineAt === undefined || !(await reaches(offlineAt))) return;
		interruptions++;
		await page.context().setOffline(true);
		await sleep(outage);
		await page.context().setOffline(false);
	};
	const reload = async () => {
		if (reloadAt === undefined || !(await reaches(reloadAt))) return;
		interruptions++;
		// its page takes the upload along
		upload.catch(() => {});
		await page.reload();
		over = false;
		upload = start();
		upload.then(note, note);
	};
	// one after the other, as they come
	for (const interrupt of (offlineAt ?? 2) < (reloadAt ?? 2)
		? [goOffline, reload]
		: [reload, goOffline]) {
		await interrupt();
	}
	return { ...(await upload), interruptions };
}
