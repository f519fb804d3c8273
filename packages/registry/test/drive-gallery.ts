import type { Browser, Locator, Page } from "playwright";
import { chromium } from "playwright";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { findChromium } from "../../../tools/find-chromium.ts";
import { openGallery } from "./open-gallery.ts";

function launch(): Promise<Browser> {
	const executablePath = findChromium();
	return chromium.launch({
		...(executablePath ? { executablePath } : {}),
		args: ["--no-sandbox", "--disable-gpu"],
	});
}

/**
 * Starts a browser for the tests of a file.
 *
 * @returns opens the page with all components, until its test ends
 */
export function createGalleryOpener() {
	let browser: Browser;
	beforeAll(async () => {
		browser = await launch();
	});
	afterAll(() => browser.close());
	return async (options: Parameters<typeof openGallery>[1] = {}): Promise<Page> => {
		const page = await openGallery(browser, options);
		onTestFinished(() => page.context().close());
		return page;
	};
}

/** Adds files of 100 bytes by the picker of the drop zone, and waits until their uploads run. */
export async function choose(page: Page, ...names: string[]): Promise<void> {
	const types: Record<string, string> = {
		mp4: "video/mp4",
		png: "image/png",
		pdf: "application/pdf",
	};
	const files = names.map((name) => ({
		name,
		mimeType: types[name.split(".")[1] ?? ""] ?? "audio/mpeg",
		buffer: Buffer.alloc(100),
	}));
	await page.getByLabel("Files", { exact: true }).first().setInputFiles(files);
	for (const name of names) await row(page, name).waitFor();
}

export const row = (page: Page, name: string): Locator =>
	page.getByRole("listitem").filter({ hasText: name });
export const set = (page: Page, name: string, change: object) =>
	page.evaluate(([name, change]) => window.uploads.set(name, change), [name, change] as const);
export const fail = (
	page: Page,
	name: string,
	code: string,
	values: Record<string, number | string> = {},
) =>
	page.evaluate(([name, code, values]) => window.uploads.fail(name, code, values), [
		name,
		code,
		values,
	] as const);
export const complete = (page: Page, name: string) =>
	page.evaluate((name) => window.uploads.complete(name), name);
export const focused = (page: Page) =>
	page.evaluate(
		() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
	);

/** One file in each state. */
export async function showStates(page: Page): Promise<void> {
	const names = [
		"moving.mp4",
		"late.mp4",
		"off.mp4",
		"still.mp4",
		"broken.mp4",
		"taken.mp4",
		"ended.mp4",
		"left.mp4",
	];
	await choose(page, ...names, "no.pdf");
	await set(page, "moving.mp4", { loaded: 42, bytesPerSecond: 10, secondsLeft: 170 });
	await set(page, "late.mp4", {
		state: "retrying",
		loaded: 50,
		code: "network",
		retryingAt: Date.now() + 600_000,
	});
	await set(page, "off.mp4", { state: "offline", loaded: 50 });
	await set(page, "still.mp4", { state: "paused", loaded: 42 });
	await fail(page, "broken.mp4", "storage-error");
	await fail(page, "taken.mp4", "already-exists");
	await complete(page, "ended.mp4");
	await row(page, "ended.mp4").getByText("Uploaded").waitFor();
	await page.getByRole("button", { name: "Cancel left.mp4" }).click();
	await row(page, "left.mp4").getByText("Canceled").waitFor();
}
