import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser } from "playwright";
import { afterAll, beforeAll, expect, test } from "vitest";
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

// each has a page and a storage of its own, and mostly waits for throttled uploads
const it = test.extend<{ readonly demo: DemoPage }>({
	demo: async ({ task: _ }, use) => {
		const demo = await openDemo(browser);
		await use(demo);
		await demo.close();
	},
}).concurrent;

it("uploads by keyboard alone, and what is stored are the bytes of the file", async ({ demo }) => {
	const { page } = demo;
	const buffer = randomBytes(300_000);
	const chooser = page.waitForEvent("filechooser");
	await page.keyboard.press("Tab");
	expect(await demo.focused()).toBe("Choose files");
	await page.keyboard.press("Enter");
	await (await chooser).setFiles({
		name: "note.bin",
		mimeType: "application/octet-stream",
		buffer,
	});
	await demo.has("note.bin", "Uploaded · 300 kB");
	await demo.has("note.bin", "users/42/note.bin");

	await page.keyboard.press("Tab");
	expect(await demo.focused()).toBe("Choose a folder");
	await page.keyboard.press("Tab");
	expect(await demo.focused()).toBe("Download note.bin");
	const download = page.waitForEvent("download");
	await page.keyboard.press("Enter");
	expect((await download).suggestedFilename()).toBe("note.bin");
	expect(await demo.stored("note.bin")).toEqual(buffer);

	await page.keyboard.press("Tab");
	await page.keyboard.press("Enter");
	expect(await demo.row("note.bin").count()).toBe(0);
	expect(await demo.focused()).toBe("Choose files");
});

it("uploads what is dropped, with the files inside folders", async ({ demo }) => {
	const inner = join(folder.path, "album", "day 1");
	await mkdir(inner, { recursive: true });
	await writeFile(join(folder.path, "one.txt"), "first");
	await writeFile(join(folder.path, "two.txt"), "second");
	await writeFile(join(inner, "three.txt"), "third");
	// an empty folder adds nothing
	await mkdir(join(folder.path, "album", "empty"));
	await demo.drop(...["one.txt", "two.txt", "album"].map((name) => join(folder.path, name)));
	await demo.page.getByText("3 of 3 uploaded · 16 bytes").waitFor();
	expect(await demo.announced()).toContain("3 files added");
	expect(await demo.page.locator(".dragged-over").count()).toBe(0);
	expect(String(await demo.stored("one.txt"))).toBe("first");
	expect(String(await demo.stored("two.txt"))).toBe("second");
	expect(String(await demo.stored("album/day 1/three.txt"))).toBe("third");
});

it("announces the start, the quarters and the end of an upload, each once and in order", async ({
	demo,
}) => {
	await demo.limitUploads(1_500_000);
	await demo.choose({ name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(4_000_000) });
	await demo.has("film.mp4", /^\d+% · [\d.]+ .B\/s · \d+ s left$/);
	await demo.has("film.mp4", /^Uploaded/);
	const said = await demo.announced();
	expect([said.at(0), said.at(-1)]).toEqual([
		"film.mp4: upload started",
		"film.mp4: Uploaded · 4 MB",
	]);
	// after a jump, which a busy machine may make, only the last quarter is announced
	const quarters = said.slice(1, -1).map((line) => /^film\.mp4: (25|50|75)% uploaded$/.exec(line));
	expect(quarters.length).toBeGreaterThan(0);
	expect(quarters.map((quarter) => Number(quarter?.[1]))).toEqual(
		[25, 50, 75].filter((percent) => said.includes(`film.mp4: ${percent}% uploaded`)),
	);
});

it("cancels an upload, which stores nothing, and uploads it again", async ({ demo }) => {
	const buffer = randomBytes(6_000_000);
	const files = ["a", "b", "c"].map((name) => join(folder.path, name));
	await Promise.all(files.map((file) => writeFile(file, buffer)));
	await demo.limitUploads(500_000);
	await demo.choose(files);
	await demo.has("c", "Waiting");
	await demo.press("a", "Cancel");
	await demo.has("a", "Canceled");
	expect(await demo.focused()).toBe("Try again a");
	// its place goes to the next file
	await demo.row("c").getByRole("button", { name: "Pause c" }).waitFor();
	expect((await demo.get("/stored/users%2F42%2Fa")).status).toBe(404);

	await demo.limitUploads(-1);
	await demo.press("a", "Try again");
	await demo.page.getByText("3 of 3 uploaded").waitFor();
	expect(await demo.stored("a")).toEqual(buffer);
	const said = await demo.announced();
	expect(said.filter((line) => /^a: (upload started|Canceled|Uploaded)/.test(line))).toEqual([
		"a: upload started",
		"a: Canceled",
		"a: upload started",
		"a: Uploaded · 6 MB",
	]);
});

it("pauses a large upload, which sends nothing more until it is resumed", async ({ demo }) => {
	await demo.limitUploads(10_000_000);
	await demo.choose(await folder.sparse("large.bin", 101_000_000));
	await demo.has("large.bin", /^[1-9]\d*% · /);
	await demo.press("large.bin", "Pause");
	await demo.has("large.bin", /^Paused at \d+%$/);
	const begun = demo.puts().length;
	await demo.limitUploads(-1);
	// those in flight finish, and no other begins: 7 parts make the file
	await expect.poll(() => demo.puts().every(({ ended }) => ended)).toBe(true);
	expect(demo.puts()).toHaveLength(begun);
	expect(begun).toBeLessThan(7);
	await demo.press("large.bin", "Resume");
	await demo.has("large.bin", "Uploaded · 101 MB");
	expect(demo.puts().length).toBeGreaterThanOrEqual(7);
});

it("says why a file is refused, and offers no retry that is in vain", async ({ demo }) => {
	await demo.choose(await folder.sparse("huge.bin", 5_100_000_000));
	await demo.has("huge.bin", "Upload failed");
	// the sentence is the server's
	await demo.has("huge.bin", /5\.1 GB.*5 GB/);
	expect((await demo.announced()).at(-1)).toMatch(/^huge\.bin: Upload failed\. .*5 GB/);
	expect(await demo.row("huge.bin").getByRole("button").allTextContents()).toEqual(["Remove"]);
	expect(await demo.page.getByText("0 of 1 uploaded · 1 failed").count()).toBe(1);
});

it("offers another name where the key is taken", async ({ demo }) => {
	const upload = async (text: string): Promise<void> => {
		await demo.choose({ name: "notes.tar.gz", mimeType: "", buffer: Buffer.from(text) });
	};
	await upload("first");
	await demo.has("notes.tar.gz", "Uploaded · 5 bytes");
	await demo.press("notes.tar.gz", "Remove");
	await upload("second");
	await demo.has("notes.tar.gz", "This name exists.");
	await demo.press("notes.tar.gz", "Upload under a new name");
	await demo.has("notes.tar.gz", "users/42/notes.tar (2).gz");
	expect(String(await demo.stored("notes.tar.gz"))).toBe("second");
});

it("says that the device is offline, and continues when it is back", async ({ demo }) => {
	await demo.limitUploads(10_000_000);
	await demo.choose(await folder.sparse("train.bin", 101_000_000));
	await demo.has("train.bin", /^[1-9]\d*% · /);
	// parts in flight still arrive: the browser cuts no connection
	await demo.goOffline();
	const words = "You’re offline. Continues when you reconnect.";
	await demo.has("train.bin", words);
	expect(await demo.announced()).toContain(`train.bin: ${words}`);
	await demo.limitUploads(-1);
	await demo.has("train.bin", "Uploaded · 101 MB");
});
