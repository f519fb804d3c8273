import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeBigFile } from "../big-file.mjs";
import { startSink } from "../sink/start.mjs";
import { bundle, competitors, withHosts } from "./competitors.mjs";
import { marks, uploadAndWatch } from "./in-page.mjs";
import { openBrowser } from "./open-browser.mjs";
import { servePages } from "./serve-pages.mjs";

/** Upload handler and storage in a process of their own. */
export const serverProgram = fileURLToPath(new URL("./server-process.mjs", import.meta.url));

/** Milliseconds until a new browser is idle. */
const settling = 500;

/**
 * Starts what uploads over one link need while `use` runs: the file, the servers and the pages.
 *
 * @param {import("../sink/start.mjs").SinkOptions} link
 * @param {number} mebibytes of the file
 * @param {(testBed: TestBed) => Promise<Result>} use
 * @template Result
 *
 * @typedef {object} TestBed
 * @property {Awaited<ReturnType<typeof makeBigFile>>} file
 * @property {{ api: string, storage: string, take(): Promise<object> }} servers
 * @property {(name: string) => string} urlOf a page
 */
export async function withTestBed(link, mebibytes, use) {
	const ends = [];
	try {
		const file = await makeBigFile(mebibytes);
		ends.push(file.remove);
		const servers = await startSink(link, serverProgram);
		ends.push(servers.close);
		const names = new Set(["idle", ...Object.values(competitors).map(({ page }) => page)]);
		const bundles = await Promise.all([...names].map(async (name) => [name, await bundle(name)]));
		const pages = await servePages(Object.fromEntries(bundles));
		ends.push(pages.close);
		return await use({ file, servers, urlOf: pages.urlOf });
	} finally {
		for (const end of ends.reverse()) await end();
	}
}

/**
 * One upload from a new, idle browser.
 *
 * @param {TestBed} testBed
 * @param {string} name a key of `competitors`
 * @param {(browser: Browser, upload: () => Promise<Seen>) => Promise<Result>} [watch] looks at the
 *   browser while it runs
 * @template Result
 */
export async function uploadOnce({ file, servers, urlOf }, name, watch = (_, upload) => upload()) {
	const { page: script, partSize, settings } = competitors[name] ?? withHosts[name];
	const browser = await openBrowser();
	try {
		const page = await browser.openPage(urlOf(script));
		const options = { api: servers.api, ...settings };
		// a page makes its client when it starts, and fetches ahead what is loaded on demand
		await page.evaluate((options) => globalThis.prepare?.(options), options);
		await page.chooseFile(file.path);
		await setTimeout(settling);
		const before = browser.tree().cpuSeconds();
		const seen = await watch(browser, () => page.evaluate(uploadAndWatch, { marks, ...options }));
		const after = browser.tree().cpuSeconds();
		const received = await servers.take();
		const parts = Math.ceil(file.size / partSize);
		assertReceived(received, {
			bytes: file.size,
			data: parts,
			completed: [{ parts, checksum: settings.checksum ? file.crc32 : undefined }],
		});
		return { ...seen, cpuSeconds: after - before, received };
	} finally {
		await browser.close();
	}
}

/**
 * A slow part is sent a second time: then the servers received up to a twentieth more.
 *
 * @throws {Error} when they received anything other than the file
 */
function assertReceived({ bytes, requests: { data }, completed }, sent) {
	const ends = JSON.stringify(completed.map(({ parts, checksum }) => ({ parts, checksum })));
	const isEnough = bytes >= sent.bytes && bytes <= 1.05 * sent.bytes && data >= sent.data;
	if (isEnough && ends === JSON.stringify(sent.completed)) return;
	const received = JSON.stringify({ bytes, data, completed });
	throw new Error(`The servers have ${received} instead of ${JSON.stringify(sent)}.`);
}
