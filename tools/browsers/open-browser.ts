import type { Browser } from "./browser.ts";
import type { BrowserEngine } from "./engines.ts";
import { openPuppeteer } from "./puppeteer.ts";
import { openWebkit } from "./webkit.ts";

/** Opens a browser in a process of its own, with an empty profile. */
export const openBrowser = (engine: BrowserEngine): Promise<Browser> =>
	engine === "webkit" ? openWebkit() : openPuppeteer(engine);
