import { defineBrowserProvider } from "@vitest/browser";
import type { BrowserProvider, BrowserProviderOption, TestProject } from "vitest/node";
import type { Browser, Page } from "./browser.ts";
import { type BrowserEngine, engines } from "./engines.ts";
import { openBrowser } from "./open-browser.ts";

/** Runs vitest's browser mode in any of our engines, one test file at a time in one page. */
export const engineProvider = (): BrowserProviderOption =>
	defineBrowserProvider({ name: "engines", supportedBrowser: engines, providerFactory: create });

function create(project: TestProject): BrowserProvider {
	let opened: Promise<readonly [Browser, Page]> | undefined;
	const open = async (url: string): Promise<readonly [Browser, Page]> => {
		const browser = await openBrowser(project.config.browser.name as BrowserEngine);
		return [browser, await browser.openPage(url)];
	};
	// vitest sizes the frame of a test by it; no test here depends on its size
	project.browser?.registerCommand("__vitest_viewport" as never, () => Promise.resolve() as never);
	return {
		name: "engines",
		supportsParallelism: false,
		getCommandsContext: () => ({}),
		async openPage(_session, url) {
			const page = (await opened)?.[1];
			if (page) return await page.goto(url);
			opened = open(url);
			await opened;
		},
		async close() {
			const last = opened;
			opened = undefined;
			await last?.then(([browser]) => browser.close());
		},
	};
}
