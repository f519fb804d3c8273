import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type DemoPage, launchBrowser, makeFolder, openDemo } from "./demo-page.ts";

let browser: Browser;
let folder: Awaited<ReturnType<typeof makeFolder>>;

beforeAll(async () => {
	[browser, folder] = await Promise.all([launchBrowser(), makeFolder()]);
});
afterAll(async () => {
	await browser.close();
	await folder.remove();
});

// each has a page and a storage of its own, and mostly waits for throttled uploads; `expect.poll` needs the `expect` of
// its test, since several run at once
const it = test.extend<{ readonly demo: DemoPage }>({
	demo: async ({ task: _ }, use) => {
		const demo = await openDemo(browser);
		await use(demo);
		await demo.close();
	},
}).concurrent;

/** The row of a file that is on its way; a machine that is busy, or a request that is held, counts as slow. */
const sending = /^[1-9]\d?% · |^Slow connection/;

it("uploads by keyboard alone, and what is stored are the bytes of the file", async ({
	demo,
	expect,
}) => {
	const { page } = demo;
	const buffer = randomBytes(300_000);
	// the browser is told to report pickers before the first key is pressed
	page.on("filechooser", () => {});
	await page.keyboard.press("Tab");
	expect(await demo.focused()).toBe("choose files");
	const [chooser] = await Promise.all([
		page.waitForEvent("filechooser"),
		page.keyboard.press("Enter"),
	]);
	await chooser.setFiles({ name: "note.txt", mimeType: "text/plain", buffer });
	await demo.has("note.txt", "Uploaded · 300 kB");
	expect(await demo.stored("note.txt")).toEqual(buffer);

	const link = demo.row("note.txt").getByRole("link", { name: "Download note.txt" });
	await link.focus();
	const [download] = await Promise.all([
		page.waitForEvent("download"),
		page.keyboard.press("Enter"),
	]);
	expect(download.suggestedFilename()).toBe("note.txt");
	await page.keyboard.press("Tab");
	expect(await demo.focused()).toBe("Remove note.txt");
	await page.keyboard.press("Enter");
	await expect.poll(() => demo.row("note.txt").count()).toBe(0);
	expect(await demo.focused()).toBe("choose files");
});

it("uploads what is dropped anywhere, with the files inside folders", async ({ demo }) => {
	const inner = join(folder.path, "album", "day 1");
	await mkdir(inner, { recursive: true });
	await writeFile(join(folder.path, "one.txt"), "first");
	await writeFile(join(folder.path, "two.txt"), "second");
	await writeFile(join(inner, "three.txt"), "third");
	// an empty folder adds nothing
	await mkdir(join(folder.path, "album", "empty"));
	await demo.drop(...["one.txt", "two.txt", "album"].map((name) => join(folder.path, name)));
	await demo.page.getByText("3 uploaded", { exact: true }).first().waitFor();
	expect(await demo.page.locator("[data-over]").count()).toBe(0);
	expect(String(await demo.stored("one.txt"))).toBe("first");
	expect(String(await demo.stored("two.txt"))).toBe("second");
	expect(String(await demo.stored("album/day 1/three.txt"))).toBe("third");
});

it("uploads a photo of a phone's camera", async ({ expect, onTestFinished }) => {
	const demo = await openDemo(browser, { hasTouch: true, isMobile: true });
	onTestFinished(demo.close);
	const [chooser] = await Promise.all([
		demo.page.waitForEvent("filechooser"),
		demo.page.getByRole("button", { name: "Take a photo" }).tap(),
	]);
	const input = chooser.element();
	expect(await input.getAttribute("capture")).toBe("environment");
	expect(await input.getAttribute("accept")).toBe("image/*");
	const buffer = randomBytes(200_000);
	await chooser.setFiles({ name: "photo.jpg", mimeType: "image/jpeg", buffer });
	await demo.has("photo.jpg", "Uploaded · 200 kB");
	expect(await demo.stored("photo.jpg")).toEqual(buffer);
});

it("cancels an upload, which stores nothing, and uploads it again", async ({ demo }) => {
	const buffer = randomBytes(6_000_000);
	const release = await demo.holdAfter(0);
	await demo.choose({ name: "a.bin", mimeType: "application/zip", buffer });
	await demo.has("a.bin", /%|^Slow connection/);
	await demo.press("a.bin", "Cancel a.bin");
	await demo.has("a.bin", "Canceled");
	expect((await demo.get("/stored/users%2F42%2Fa.bin")).status).toBe(404);
	await release();
	await demo.press("a.bin", "Try again: a.bin");
	await demo.has("a.bin", "Uploaded · 6 MB");
	expect(await demo.stored("a.bin")).toEqual(buffer);
});

it("pauses a large upload, which sends nothing more until it is resumed", async ({
	demo,
	expect,
}) => {
	const release = await demo.holdAfter(3);
	await demo.choose(await folder.sparse("large.mp4", 101_000_000));
	await demo.has("large.mp4", sending);
	await demo.press("large.mp4", "Pause large.mp4");
	await demo.has("large.mp4", /^Paused at \d+%/);
	const begun = demo.puts();
	await release();
	// those in flight finish, and no other begins: 20 parts make the file
	await expect.poll(() => demo.puts().every(({ ended }) => ended)).toBe(true);
	expect(demo.puts()).toHaveLength(begun.length);
	expect(new Set(begun.map(({ part }) => part)).size).toBeLessThan(20);
	await demo.press("large.mp4", "Resume large.mp4");
	await demo.has("large.mp4", "Uploaded · 101 MB");
	expect(new Set(demo.puts().map(({ part }) => part)).size).toBe(20);
});

it("says why a file is refused before anything is sent, and offers no retry that is in vain", async ({
	demo,
}) => {
	await demo.choose(await folder.sparse("huge.mp4", 5_100_000_000));
	await demo.has("huge.mp4", "This file is 5.1 GB. The limit is 5 GB.");
	await demo.choose({ name: "page.html", mimeType: "text/html", buffer: Buffer.from("<p>") });
	await demo.has("page.html", /^HTML files aren’t accepted\. Use images, videos, .* or CSV\./);
	const buttons = await demo.page
		.locator(".sk-rows button")
		.evaluateAll((all) => all.map((one) => one.ariaLabel));
	expect(buttons).toEqual(["Remove huge.mp4", "Remove page.html"]);
	const sent = await demo.requests();
	expect(sent.map((title) => title.split(" ")[0])).toEqual(["rules"]);
});

it("offers another name where the key is taken", async ({ demo }) => {
	const upload = async (text: string): Promise<void> => {
		const file = { mimeType: "application/gzip", buffer: Buffer.from(text) };
		await demo.choose({ name: "notes.tar.gz", ...file });
	};
	await upload("first");
	await demo.has("notes.tar.gz", "Uploaded · 5 bytes");
	await demo.press("notes.tar.gz", "Remove notes.tar.gz");
	await upload("second");
	await demo.has("notes.tar.gz", "This name exists.");
	await demo.press("notes.tar.gz", "Upload under a new name: notes.tar.gz");
	await demo.has("notes.tar.gz", "Uploaded · 6 bytes");
	expect(String(await demo.stored("notes.tar.gz"))).toBe("second");
});

it("says that the device is offline, and continues when it is back", async ({ demo }) => {
	const release = await demo.holdAfter(2);
	await demo.choose(await folder.sparse("train.mp4", 60_000_000));
	await demo.has("train.mp4", sending);
	await demo.breakNetwork("Offline");
	await release();
	await demo.has("train.mp4", "You’re offline. Continues when you reconnect.");
	await demo.breakNetwork("None");
	await demo.has("train.mp4", "Uploaded · 60 MB");
});

it("says when it tries again, and shows a request that failed in the chart", async ({
	demo,
	expect,
}) => {
	await demo.breakNetwork("503s");
	await Promise.all([
		demo.has("busy.zip", /Trying again in \d+ s/),
		demo.choose({ name: "busy.zip", mimeType: "application/zip", buffer: randomBytes(9_000) }),
	]);
	await demo.has("busy.zip", "Uploaded · 9 kB");
	const requests = await demo.requests();
	expect(requests.filter((title) => /503|fail/i.test(title)).length).toBeGreaterThan(0);
});

it("sends over a slow line, and says how fast", async ({ demo }) => {
	await demo.breakNetwork("Slow line");
	const path = await folder.sparse("slow.mp4", 30_000_000);
	await Promise.all([demo.has("slow.mp4", /^[1-9]\d*% · .+\/s/), demo.choose(path)]);
	await demo.has("slow.mp4", "Uploaded · 30 MB");
});

it.for(["503s", "Expired URLs", "Flipped bit"])(
	"recovers from a fault: %s",
	async (fault, { demo }) => {
		const buffer = randomBytes(12_000_000);
		const path = join(folder.path, `${fault.replace(" ", "-")}.mp4`);
		await writeFile(path, buffer);
		await demo.breakNetwork(fault);
		await demo.choose(path);
		await demo.has(basename(path), "Uploaded · 12 MB");
		expect(buffer.equals(await demo.stored(basename(path)))).toBe(true);
		const name = /^\d+ requests, [1-9]\d* of them failed$/;
		await demo.page.getByRole("img", { name }).waitFor();
	},
);

/** Reloads the page while a file of 60 MB is on its way, and some of its parts are stored. */
async function reloadMidway(
	demo: DemoPage,
	name: string,
	choose: () => Promise<void>,
): Promise<void> {
	const { page } = demo;
	page.on("dialog", (dialog) => void dialog.accept());
	const release = await demo.holdAfter(6);
	await choose();
	// the percent also counts what is on its way: a part must be stored, and recorded
	await vi.waitUntil(async () => /"sent":[1-9]/.test(await demo.records()), { timeout: 240_000 });
	await page.reload();
	await demo.has(name, /^Choose “.+” again to continue from [1-9]\d*%/);
	await release();
}

it("asks before the page is left while a file is sent, and lets it go after", async ({ demo }) => {
	const { page } = demo;
	const path = await folder.sparse("left.mp4", 60_000_000);
	const release = await demo.holdAfter(2);
	// browsers ask only for pages that were used
	await page.mouse.click(5, 5);
	await demo.choose(path);
	await demo.has("left.mp4", sending);
	const [dialog] = await Promise.all([
		page.waitForEvent("dialog"),
		page.close({ runBeforeUnload: true }),
	]);
	expect(dialog.type()).toBe("beforeunload");
	await dialog.dismiss();
	await release();
	await demo.has("left.mp4", "Uploaded · 60 MB");
	page.on("dialog", () => expect.fail("the page asks although nothing is sent"));
	await Promise.all([page.waitForEvent("close"), page.close({ runBeforeUnload: true })]);
});

it("keeps unfinished uploads over a reload, and continues with the file that is chosen again", async ({
	demo,
}) => {
	const path = await folder.sparse("kept.mp4", 60_000_000);
	await reloadMidway(demo, "kept.mp4", () => demo.choose(path));
	const before = demo.puts().length;
	const [chooser] = await Promise.all([
		demo.page.waitForEvent("filechooser"),
		demo.press("kept.mp4", "Choose file: kept.mp4"),
	]);
	await chooser.setFiles(path);
	await demo.has("kept.mp4", "Uploaded · 60 MB");
	// 12 parts make the file; a part that is slow may be sent twice
	const sent = new Set(
		demo
			.puts()
			.slice(before)
			.map(({ part }) => part),
	);
	expect(sent.size).toBeLessThan(12);
});

it("continues a dropped file after a reload by its handle, without choosing it", async ({
	demo,
}) => {
	const { page } = demo;
	await reloadMidway(demo, "dropped.mp4", () =>
		page.evaluate(async () => {
			// a handle that a page may read without asking
			const root = await navigator.storage.getDirectory();
			const handle = await root.getFileHandle("dropped.mp4", { create: true });
			const writable = await handle.createWritable();
			await writable.truncate(60_000_000);
			await writable.close();
			const file = await handle.getFile();
			const item = {
				kind: "file",
				getAsFile: () => file,
				getAsFileSystemHandle: async () => handle,
			};
			const dataTransfer = { types: ["Files"], files: [file], items: [item] };
			document.body.dispatchEvent(
				Object.assign(new Event("drop", { bubbles: true, cancelable: true }), { dataTransfer }),
			);
		}),
	);
	await demo.press("dropped.mp4", "Continue");
	await demo.has("dropped.mp4", "Uploaded · 60 MB");
});
