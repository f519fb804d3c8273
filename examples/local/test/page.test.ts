import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Locator } from "playwright";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { type DemoPage, launchBrowser, makeFolder, openDemo } from "./demo-page.ts";

let browser: Browser;
let folder: Awaited<ReturnType<typeof makeFolder>>;
let demo: DemoPage;

beforeAll(async () => {
	[browser, folder] = await Promise.all([launchBrowser(), makeFolder()]);
});
afterAll(async () => {
	await browser.close();
	await folder.remove();
});
beforeEach(async () => {
	demo = await openDemo(browser);
});
afterEach(() => demo.close());

const row = (name: string): Locator =>
	demo.page.getByRole("listitem").filter({
		has: demo.page.getByRole("progressbar", { name: `Progress of ${name}`, exact: true }),
	});
const choose = (files: Parameters<DemoPage["page"]["setInputFiles"]>[1]): Promise<void> =>
	demo.page.setInputFiles("#files", files);
const has = (name: string, text: string | RegExp): Promise<void> =>
	row(name).getByText(text).waitFor({ timeout: 10_000 });
const press = (name: string, action: string): Promise<void> =>
	row(name).getByRole("button", { name: action }).click();
const stored = async (name: string): Promise<Buffer> => {
	const link = row(name).getByRole("link", { name: `Download ${name}` });
	const answer = await fetch(new URL((await link.getAttribute("href")) ?? "", demo.address));
	expect(answer.status).toBe(200);
	expect(answer.headers.get("content-disposition")).toBe("attachment");
	return Buffer.from(await answer.arrayBuffer());
};
const focused = (): Promise<string | null> =>
	demo.page.evaluate(
		() =>
			document.activeElement?.getAttribute("aria-label") ??
			document.activeElement?.textContent ??
			null,
	);

it("uploads by keyboard alone, and what is stored are the bytes of the file", async () => {
	const { page } = demo;
	const buffer = randomBytes(300_000);
	const chooser = page.waitForEvent("filechooser");
	await page.keyboard.press("Tab");
	expect(await focused()).toBe("Choose files");
	await page.keyboard.press("Enter");
	await (await chooser).setFiles({
		name: "note.bin",
		mimeType: "application/octet-stream",
		buffer,
	});
	await has("note.bin", "Stored");
	await has("note.bin", "users/42/note.bin, 300 kB");

	await page.keyboard.press("Tab");
	expect(await focused()).toBe("Choose a folder");
	await page.keyboard.press("Tab");
	expect(await focused()).toBe("Download note.bin");
	const download = page.waitForEvent("download");
	await page.keyboard.press("Enter");
	expect((await download).suggestedFilename()).toBe("note.bin");
	expect(await stored("note.bin")).toEqual(buffer);

	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	expect(await row("note.bin").count()).toBe(0);
	expect(await focused()).toBe("Choose files");
});

it("uploads what is dropped, with the files inside folders", async () => {
	const inner = join(folder.path, "album", "day 1");
	await mkdir(inner, { recursive: true });
	await writeFile(join(folder.path, "one.txt"), "first");
	await writeFile(join(folder.path, "two.txt"), "second");
	await writeFile(join(inner, "three.txt"), "third");
	await demo.drop(...["one.txt", "two.txt", "album"].map((name) => join(folder.path, name)));
	await demo.page.getByText("3 of 3 stored, 16 bytes").waitFor();
	expect(await demo.announced()).toContain("3 files added");
	expect(String(await stored("one.txt"))).toBe("first");
	expect(String(await stored("two.txt"))).toBe("second");
	expect(String(await stored("album/day 1/three.txt"))).toBe("third");
});

it("announces the start, every quarter and the end of an upload, and nothing in between", async () => {
	await demo.limitUploads(3_000_000);
	await choose({ name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(4_000_000) });
	await has("film.mp4", /^\d+ %, [\d.]+ .B\/s, \d+ s left$/);
	await has("film.mp4", "Stored");
	expect(await demo.announced()).toEqual([
		"film.mp4: upload started",
		"film.mp4: 25 % sent",
		"film.mp4: 50 % sent",
		"film.mp4: 75 % sent",
		"film.mp4: stored",
	]);
});

it("aborts an upload, which stores nothing, and retries it", async () => {
	const buffer = randomBytes(6_000_000);
	const files = ["a", "b", "c"].map((name) => join(folder.path, name));
	await Promise.all(files.map((file) => writeFile(file, buffer)));
	await demo.limitUploads(2_000_000);
	await choose(files);
	await has("c", "Waiting for its turn");
	await press("a", "Abort a");
	await has("a", "Aborted");
	expect(await focused()).toBe("Retry a");
	// its place goes to the next file
	await row("c").getByRole("button", { name: "Pause c" }).waitFor();
	const unstored = await fetch(new URL("/stored/users%2F42%2Fa", demo.address));
	expect(unstored.status).toBe(404);

	await demo.limitUploads(-1);
	await press("a", "Retry a");
	await demo.page.getByText("3 of 3 stored").waitFor();
	expect(await stored("a")).toEqual(buffer);
	const said = await demo.announced();
	expect(said.filter((line) => line.startsWith("a: ") && !line.endsWith("sent"))).toEqual([
		"a: upload started",
		"a: aborted",
		"a: upload started",
		"a: stored",
	]);
});

it("pauses a large upload, which sends nothing more until it is resumed", async () => {
	await demo.limitUploads(30_000_000);
	await choose(await folder.sparse("large.bin", 101_000_000));
	const bar = row("large.bin").getByRole("progressbar", { name: "Progress of large.bin" });
	const value = (): Promise<number> =>
		bar.evaluate((element) => (element as HTMLProgressElement).value);
	await expect.poll(value).toBeGreaterThan(0.05);
	await press("large.bin", "Pause large.bin");
	await has("large.bin", /^Paused/);
	await demo.limitUploads(-1);
	// time enough for all of it; but only the three parts on their way arrive, 50 MB of 101
	await demo.page.waitForTimeout(1_000);
	expect(await value()).toBeLessThan(0.51);
	await press("large.bin", "Resume large.bin");
	await has("large.bin", "Stored");
	await has("large.bin", "users/42/large.bin, 101 MB");
});

it("says why a file is refused, and offers no retry that is in vain", async () => {
	await choose(await folder.sparse("huge.bin", 5_000_000_001));
	await has("huge.bin", "Failed");
	const words = "The file has 5 GB; at most 5 GB are accepted here. Choose a smaller file.";
	await has("huge.bin", words);
	expect(await demo.announced()).toContain(`huge.bin failed. ${words}`);
	expect(await row("huge.bin").getByRole("button").allTextContents()).toEqual(["Remove"]);
	expect(await demo.page.getByText("0 of 1 stored, 1 failed").count()).toBe(1);
});

it("offers another name where the key is taken", async () => {
	const upload = async (text: string): Promise<void> => {
		await choose({ name: "notes.tar.gz", mimeType: "", buffer: Buffer.from(text) });
	};
	await upload("first");
	await has("notes.tar.gz", "Stored");
	await press("notes.tar.gz", "Remove notes.tar.gz");
	await upload("second");
	await has("notes.tar.gz", /^The key is taken: choose another key\./);
	await press("notes.tar.gz", "Upload under a new name notes.tar.gz");
	await has("notes.tar.gz", "users/42/notes.tar (2).gz, 6 bytes");
	expect(String(await stored("notes.tar.gz"))).toBe("second");
});

it("says that the network is gone, and goes on when it is back", async () => {
	await demo.limitUploads(30_000_000);
	await choose(await folder.sparse("train.bin", 101_000_000));
	await has("train.bin", /^[1-9]\d* %, /);
	// what is on its way still arrives: the browser cuts no connection
	await demo.goOffline();
	const words = "There is no network. It goes on when the network is back.";
	await has("train.bin", words);
	expect(await demo.announced()).toContain(`train.bin: ${words}`);
	await demo.limitUploads(-1);
	await has("train.bin", "Stored");
});
