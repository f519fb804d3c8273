import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type DemoPage, launchBrowser, openDemo } from "./demo-page.ts";

let browser: Browser;
beforeAll(async () => {
	browser = await launchBrowser();
});
afterAll(() => browser.close());

async function open(): Promise<DemoPage> {
	const demo = await openDemo(browser);
	onTestFinished(demo.close);
	return demo;
}

/** Answers every call to the handler with a refusal, until the returned function is called. */
async function refuseCalls({ page }: DemoPage, status: 401 | 403): Promise<() => Promise<void>> {
	const code = status === 401 ? "unauthenticated" : "forbidden";
	const calls = /\/uploads(\/|\?|$)/;
	await page.route(calls, (route) =>
		route.fulfill({
			status,
			contentType: "application/problem+json",
			headers: { "access-control-allow-origin": "*" },
			body: JSON.stringify({ code, title: "Refused", detail: "Refused.", status }),
		}),
	);
	return () => page.unroute(calls);
}

const files = Array.from({ length: 20 }, (_, index) => ({
	name: `note ${index + 1}.txt`,
	mimeType: "text/plain",
	buffer: Buffer.from(`note ${index + 1}`),
}));

test("a server that refuses everything: each file says so once, without a retry in vain, and one button clears them", async () => {
	const demo = await open();
	const { page } = demo;
	await refuseCalls(demo, 403);
	await demo.choose(files);
	await page.getByText("20 failed", { exact: true }).first().waitFor();
	for (const { name } of files) await demo.has(name, "You can’t upload here.");
	expect(await page.getByRole("button", { name: /again/ }).count()).toBe(0);
	await page.getByRole("button", { name: "Clear", exact: true }).click();
	await expect.poll(() => page.locator(".sk-row").count()).toBe(0);
	expect(await demo.focused()).toBe("choose files");
});

test("a session that has ended: after signing in, one button uploads all files", async () => {
	const demo = await open();
	const { page } = demo;
	const signIn = await refuseCalls(demo, 401);
	await demo.choose(files);
	await page.getByText("20 failed", { exact: true }).first().waitFor();
	await demo.has("note 7.txt", "Sign in to upload. Try again");
	await signIn();
	await page.getByRole("button", { name: "Try all again" }).click();
	await page.getByText("20 uploaded", { exact: true }).first().waitFor();
	expect(String(await demo.stored("note 20.txt"))).toBe("note 20");
});

test("a file that is tried again without a network waits, and is uploaded when it is back", async () => {
	const demo = await open();
	const signIn = await refuseCalls(demo, 401);
	await demo.choose(files.slice(0, 1));
	await demo.has("note 1.txt", "Sign in to upload.");
	await signIn();
	await demo.breakNetwork("Offline");
	await demo.press("note 1.txt", "Try again: note 1.txt");
	await demo.has("note 1.txt", "You’re offline. Continues when you reconnect.");
	await demo.breakNetwork("None");
	await demo.has("note 1.txt", "Uploaded · 6 bytes");
	expect(String(await demo.stored("note 1.txt"))).toBe("note 1");
});
