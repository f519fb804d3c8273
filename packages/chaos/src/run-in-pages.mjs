// Uploads from pages of Chromium that go offline and are reloaded halfway.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { timeoutsOf } from "./run-upload.mjs";
import { startBrowser } from "./start-browser.mjs";
import { drawInterruptions } from "./upload-specs.mjs";

/** Milliseconds offline. */
const offlineTime = 1_500;

/**
 * @param {number} seed
 * @param {AbortSignal} signal
 */
export async function openPages(seed, signal) {
	const browser = await startBrowser(signal);
	const idlePages = [];
	return {
		/** As in `run-upload.mjs`, and counts the interruptions. */
		async runUpload(spec, backend, bytes, folder) {
			const page = idlePages.pop() ?? (await browser.openPage());
			const path = join(folder, `${spec.number}.bin`);
			await writeFile(path, bytes);
			const options = {
				key: spec.key,
				endpoint: `${backend.endpoint}/${spec.number}`,
				...timeoutsOf(backend),
				multipartThreshold: spec.multipartThreshold,
				resume: true,
			};
			try {
				const interruptions = drawInterruptions(seed, spec);
				return await uploadFrom(page, path, { options, size: bytes.length, ...interruptions });
			} finally {
				idlePages.push(page);
				await rm(path);
			}
		},
		close: browser.close,
	};
}

async function uploadFrom(page, path, { options, size, offlineAt, reloadAt }) {
	let interruptions = 0;
	let ended = false;
	const start = async () => {
		await page.setInputFiles("#file", path);
		return page.evaluate((choice) => globalThis.upload(choice), options);
	};
	/** Resolves with whether this share is sent before the upload ends. */
	const reaches = async (share) => {
		while (!ended) {
			const { key, loaded } = (await page.evaluate(() => globalThis.progress)) ?? {};
			// not before the first byte: code that is loaded on demand needs the network
			if (key === options.key && loaded > 0 && loaded >= share * size) return true;
			await sleep(20);
		}
		return false;
	};
	let upload = start();
	const onEnd = () => {
		ended = true;
	};
	upload.then(onEnd, onEnd);

	const goOffline = async () => {
		if (offlineAt === undefined || !(await reaches(offlineAt))) return;
		interruptions++;
		await page.context().setOffline(true);
		await sleep(offlineTime);
		await page.context().setOffline(false);
	};
	const reload = async () => {
		if (reloadAt === undefined || !(await reaches(reloadAt))) return;
		interruptions++;
		// rejects when its page is reloaded
		upload.catch(() => {});
		await page.reload();
		ended = false;
		upload = start();
		upload.then(onEnd, onEnd);
	};
	// in the order of their shares
	for (const interrupt of (offlineAt ?? 2) < (reloadAt ?? 2)
		? [goOffline, reload]
		: [reload, goOffline]) {
		await interrupt();
	}
	return { ...(await upload), interruptions };
}
