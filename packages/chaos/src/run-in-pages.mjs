// Uploads from the pages of a browser, which go offline and are reloaded halfway.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { missingAbilities } from "../../../tools/browsers/engines.ts";
import { timeoutsOf } from "./run-upload.mjs";
import { startBrowser } from "./start-browser.mjs";
import { drawInterruptions } from "./upload-specs.mjs";

/** Milliseconds offline, and between two looks at a page. */
const offlineTime = 1_500;
const checkInterval = 20;

/**
 * @param {import("../../../tools/browsers/engines.ts").BrowserEngine} engine
 * @param {number} seed
 * @param {AbortSignal} signal
 */
export async function openPages(engine, seed, signal) {
	const browser = await startBrowser(engine, signal);
	const canGoOffline = missingAbilities[engine].offline === undefined;
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
				const { offlineAt, reloadAt } = drawInterruptions(seed, spec);
				return await uploadFrom(page, path, {
					options,
					size: bytes.length,
					offlineAt: canGoOffline ? offlineAt : undefined,
					reloadAt,
				});
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
	const start = async () => {
		await page.chooseFile("#file", path);
		await page.evaluate((choice) => globalThis.upload(choice), options);
	};
	/** Waits until this share is sent; resolves with how the upload ended where it ends before. */
	const reach = async (share) => {
		for (;;) {
			const { ended, loaded } = await page.evaluate(() => globalThis.progress);
			if (ended) return ended;
			// not before the first byte: code that is loaded on demand needs the network
			if (loaded > 0 && loaded >= share * size) return undefined;
			await sleep(checkInterval);
		}
	};
	const goOffline = async () => {
		await page.setOffline(true);
		await sleep(offlineTime);
		await page.setOffline(false);
	};
	const reload = async () => {
		await page.reload();
		await start();
	};
	await start();
	// in the order of their shares
	const planned = [
		{ share: offlineAt, interrupt: goOffline },
		{ share: reloadAt, interrupt: reload },
	].filter(({ share }) => share !== undefined);
	for (const { share, interrupt } of planned.toSorted((a, b) => a.share - b.share)) {
		if (await reach(share)) break;
		interruptions++;
		await interrupt();
	}
	return { ...(await reach(Number.POSITIVE_INFINITY)), interruptions };
}
