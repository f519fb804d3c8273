import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type LaunchOptions, type Page as PuppeteerPage } from "puppeteer-core";
import { findChromium } from "../find-chromium.ts";
import type { Browser, Page } from "./browser.ts";
import { findFirefox } from "./engines.ts";

/** Milliseconds that the start or one command may take: tests wait in the page for whole uploads, on busy machines too. */
const protocolTimeout = 240_000;

/** Opens Chromium by its DevTools protocol, or Firefox by WebDriver BiDi. */
export async function openPuppeteer(engine: "chromium" | "firefox"): Promise<Browser> {
	const executablePath = engine === "chromium" ? findChromium() : findFirefox();
	if (!executablePath) throw new Error(`${engine} is not installed`);
	const profile = await mkdtemp(join(tmpdir(), `skyput-${engine}-`));
	const own: LaunchOptions =
		engine === "chromium"
			? {
					args: [
						"--no-sandbox",
						"--disable-gpu",
						"--disable-quic",
						"--no-first-run",
						"--disable-background-networking",
						"--disable-component-update",
						"--disable-sync",
					],
				}
			: {
					browser: "firefox",
					env: { ...process.env, HOME: profile },
					// vitest adds an import map to a page that has one
					extraPrefsFirefox: { "dom.multiple_import_maps.enabled": true },
				};
	const browser = await puppeteer.launch({
		executablePath,
		headless: true,
		// of the tests' own https server
		acceptInsecureCerts: true,
		userDataDir: profile,
		protocolTimeout,
		timeout: protocolTimeout,
		...own,
	});
	const openPage = async (url: string): Promise<Page> => {
		// a tab behind others counts as hidden, and Firefox fires its timers once a second
		const page = await browser.newPage({ type: "window" });
		page.setDefaultTimeout(protocolTimeout);
		await page.goto(url);
		const setOffline =
			engine === "firefox"
				? (offline: boolean) => page.setOfflineMode(offline)
				: await createNetworkSwitch(page);
		return {
			goto: async (url) => void (await page.goto(url)),
			reload: async () => void (await page.reload()),
			evaluate: (work, argument) => page.evaluate(work, argument as never) as never,
			async chooseFile(selector, path) {
				const input = await page.$(selector as "input");
				if (!input) throw new Error(`The page has no ${selector}`);
				await input.uploadFile(path);
			},
			press: (key) => page.keyboard.press(key),
			setOffline,
			close: () => page.close(),
		};
	};
	return {
		pid: browser.process()?.pid ?? Number.NaN,
		openPage,
		async close() {
			await browser.close();
			await rm(profile, { recursive: true, force: true, maxRetries: 5 });
		},
	};
}

/** In one command: puppeteer's own tells the page before the network is back. */
async function createNetworkSwitch(page: PuppeteerPage): Promise<Page["setOffline"]> {
	const devtools = await page.createCDPSession();
	await devtools.send("Network.enable");
	const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
	return (offline) => devtools.send("Network.emulateNetworkConditions", { offline, ...unlimited });
}
