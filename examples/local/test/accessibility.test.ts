import axe from "axe-core";
import type { Browser, Page } from "playwright";
import { afterAll, beforeAll, expect, it } from "vitest";
import { launchBrowser, makeFolder, openDemo } from "./demo-page.ts";

let browser: Browser;
let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
	[browser, folder] = await Promise.all([launchBrowser(), makeFolder()]);
});
afterAll(async () => {
	await browser.close();
	await folder.remove();
});

/** What axe reports in each color scheme and width, and where the page scrolls sideways. */
async function problems(page: Page): Promise<readonly string[]> {
	const found: string[] = [];
	for (const colorScheme of ["light", "dark"] as const) {
		await page.emulateMedia({ colorScheme });
		for (const width of [390, 1280]) {
			await page.setViewportSize({ width, height: 800 });
			const inPage = await page.evaluate(async () => {
				const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
				const rules = violations.map(
					({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`,
				);
				const wide = document.documentElement.scrollWidth > innerWidth;
				return wide ? [...rules, "wider than the window"] : rules;
			});
			found.push(...inPage.map((problem) => `${colorScheme}, ${width} px: ${problem}`));
		}
	}
	return found;
}

it("has no axe violations: empty, uploading, paused, canceled, done and refused", async () => {
	const names = ["running.mp4", "paused.mp4", "canceled.mp4"];
	const files = await Promise.all(names.map((name) => folder.sparse(name, 20_000_000)));
	const demo = await openDemo(browser);
	try {
		const { page } = demo;
		await page.evaluate(axe.source);
		expect(await problems(page)).toEqual([]);

		await demo.limitUploads(100_000);
		await demo.choose(files);
		await demo.press("canceled.mp4", "Cancel canceled.mp4");
		await demo.has("running.mp4", /^\d+% · /);
		await demo.press("paused.mp4", "Pause paused.mp4");
		await demo.has("paused.mp4", /^Paused/);
		expect(await problems(page)).toEqual([]);

		await demo.limitUploads(-1);
		await demo.press("paused.mp4", "Resume paused.mp4");
		await demo.has("paused.mp4", "Uploaded");
		// a name without a place to break it
		const refused = `${"refused".repeat(20)}.mp4`;
		await demo.choose(await folder.sparse(refused, 6_000_000_000));
		await demo.has(refused, "This file is 6 GB.");
		expect(await problems(page)).toEqual([]);
	} finally {
		await demo.close();
	}
});
