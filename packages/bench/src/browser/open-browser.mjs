import { randomBytes } from "node:crypto";
import { chromium } from "playwright";
import { findChromium } from "../../../../tools/find-chromium.ts";
import { stopped } from "../stopped.mjs";
import { openPage } from "./open-page.mjs";
import { readProcessTree } from "./process-tree.mjs";

/** @returns what this needs and does not find */
export function missing() {
	if (process.platform !== "linux") return "Linux, where /proc tells what a browser takes";
	if (findChromium() !== undefined) return undefined;
	return "Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM=/path/to/chrome)";
}

/** Starts a browser; `close` or Ctrl-C ends it. */
export async function openBrowser() {
	stopped.throwIfAborted();
	const mark = `--skyput-mark=${randomBytes(8).toString("hex")}`;
	const browser = await chromium.launch({
		executablePath: findChromium(),
		args: [
			"--no-sandbox",
			"--disable-gpu",
			"--disable-background-networking",
			// TLS links use a self-signed certificate
			"--ignore-certificate-errors",
			mark,
		],
		handleSIGINT: false,
		handleSIGTERM: false,
	});
	const close = () => browser.close();
	stopped.addEventListener("abort", close);
	return {
		openPage: (url) => openPage(browser, url),
		tree: () => readProcessTree(mark),
		/** Starts a trace; resolves with a function that ends it and returns its events. */
		async trace(categories) {
			await browser.startTracing(undefined, { categories });
			return async () => JSON.parse((await browser.stopTracing()).toString()).traceEvents;
		},
		async close() {
			stopped.removeEventListener("abort", close);
			await close();
		},
	};
}
