import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { makeBigFile } from "../big-file.mjs";
import { startSink } from "../sink/start.mjs";
import { bundle, contestants } from "./contestants.mjs";
import { marks, uploadAndWatch } from "./in-page.mjs";
import { openBrowser } from "./open-browser.mjs";
import { servePages } from "./serve-pages.mjs";

const program = fileURLToPath(new URL("./server-process.mjs", import.meta.url));

/** Milliseconds in which a browser that was just started comes to rest. */
const settling = 500;

/**
 * Puts up what uploads over one link need, for as long as `use` runs: the file, the servers at the end
 * of the link, and the pages.
 *
 * @param {import("../sink/start.mjs").SinkOptions} link
 * @param {number} mebibytes of the file
 * @param {(course: Course) => Promise<Result>} use
 * @template Result
 *
 * @typedef {object} Course
 * @property {Awaited<ReturnType<typeof makeBigFile>>} file
 * @property {{ api: string, storage: string, take(): Promise<object> }} servers
 * @property {(name: string) => string} urlOf a page
 */
export async function withCourse(link, mebibytes, use) {
	const ends = [];
	try {
		const file = await makeBigFile(mebibytes);
		ends.push(file.remove);
		const servers = await startSink(link, program);
		ends.push(servers.close);
		const names = new Set(["idle", ...Object.values(contestants).map(({ page }) => page)]);
		const bundles = await Promise.all([...names].map(async (name) => [name, await bundle(name)]));
		const pages = await servePages(Object.fromEntries(bundles));
		ends.push(pages.close);
		return await use({ file, servers, urlOf: pages.urlOf });
	} finally {
		for (const end of ends.reverse()) await end();
	}
}

/**
 * One upload from a fresh browser that has come to rest.
 *
 * @param {Course} course
 * @param {string} name a key of `contestants`
 * @param {(browser: Browser, upload: () => Promise<Seen>) => Promise<Result>} [watch] looks at the
 *   browser while it runs
 * @template Result
 */
export async function uploadOnce({ file, servers, urlOf }, name, watch = (_, upload) => upload()) {
	const { page: script, partSize, settings } = contestants[name];
	const browser = await openBrowser();
	try {
		const page = await browser.openPage(urlOf(script));
		await page.setInputFiles("#file", file.path);
		await setTimeout(settling);
		const before = browser.tree().cpuSeconds();
		const seen = await watch(browser, () =>
			page.evaluate(uploadAndWatch, { marks, api: servers.api, ...settings }),
		);
		const after = browser.tree().cpuSeconds();
		const received = await servers.take();
		const parts = Math.ceil(file.size / partSize);
		assertEqual(received, {
			bytes: file.size,
			data: parts,
			completed: [{ parts, checksum: settings.checksum ? file.crc32 : undefined }],
		});
		return { ...seen, cpuSeconds: after - before, received };
	} finally {
		await browser.close();
	}
}

/** @throws {Error} when the servers have something else than was to be sent */
function assertEqual({ bytes, requests: { data }, completed }, sent) {
	const ends = completed.map(({ parts, checksum }) => ({ parts, checksum }));
	const received = JSON.stringify({ bytes, data, completed: ends });
	if (received === JSON.stringify(sent)) return;
	throw new Error(`The servers have ${received} instead of ${JSON.stringify(sent)}.`);
}
