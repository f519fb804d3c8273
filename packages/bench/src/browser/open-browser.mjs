import { randomBytes } from "node:crypto";
import { chromium } from "playwright";
import { findChromium } from "../../../../tools/find-chromium.ts";
import { stopped } from "../stopped.mjs";
import { lookAtTree } from "./process-tree.mjs";

/** @returns how to get what this needs, where it is not there */
export function missing() {
	return findChromium() === undefined
		? "Chromium: `sudo apt-get install -y chromium` (or set CHROMIUM=/path/to/chrome)"
		: undefined;
}

/** A fresh browser, which ends with `close` or Ctrl-C. */
export async function openBrowser() {
	stopped.throwIfAborted();
	const mark = `--skyput-mark=${randomBytes(8).toString("hex")}`;
	const browser = await chromium.launch({
		executablePath: findChromium(),
		args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", mark],
		handleSIGINT: false,
		handleSIGTERM: false,
	});
	const close = () => browser.close();
	stopped.addEventListener("abort", close);
	// the certificate of the links over TLS is its own
	const context = await browser.newContext({ ignoreHTTPSErrors: true });
	return {
		async openPage(url) {
			const page = await context.newPage();
			await page.goto(url);
			return page;
		},
		tree: () => lookAtTree(mark),
		async close() {
			stopped.removeEventListener("abort", close);
			await close();
		},
	};
}
