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

// each has a page and a storage of its own, and mostly waits for bytes to trickle: they run side by side
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
	await demo.has("note.bin", "Stored");
	await demo.has("note.bin", "users/42/note.bin, 300 kB");

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
	await demo.page.getByText("3 of 3 stored, 16 bytes").waitFor();
	expect(await demo.announced()).toContain("3 files added");
	expect(await demo.page.locator(".dragged-over").count()).toBe(0);
	expect(String(await demo.stored("one.txt"))).toBe("first");
	expect(String(await demo.stored("two.txt"))).toBe("second");
	expect(String(await demo.stored("album/day 1/three.txt"))).toBe("third");
});

it("announces the start, every quarter and the end of an upload, and nothing in between", async ({
	demo,
}) => {
	await demo.limitUploads(1_500_000);
	await demo.choose({ name: "film.mp4", mimeType: "video/mp4", buffer: Buffer.alloc(4_000_000) });
	await demo.has("film.mp4", /^\d+ %, [\d.]+ .B\/s, \d+ s left$/);
	await demo.has("film.mp4", "Stored");
	// a busy machine may have it stand still for a while
	const moves = (await demo.announced()).filter((line) => !/Nothing moves|Finishing/.test(line));
	expect(moves).toEqual([
		"film.mp4: upload started",
		"film.mp4: 25 % sent",
		"film.mp4: 50 % sent",
		"film.mp4: 75 % sent",
		"film.mp4: stored",
	]);
});

it("aborts an upload, which stores nothing, and retries it", async ({ demo }) => {
	const buffer = randomBytes(6_000_000);
	const files = ["a", "b", "c"].map((name) => join(folder.path, name));
	await Promise.all(files.map((file) => writeFile(file, buffer)));
	await demo.limitUploads(2_000_000);
	await demo.choose(files);
	await demo.has("c", "Waiting for its turn");
	await demo.press("a", "Abort");
	await demo.has("a", "Aborted");
	expect(await demo.focused()).toBe("Retry a");
	// its place goes to the next file
	await demo.row("c").getByRole("button", { name: "Pause c" }).waitFor();
	expect((await demo.get("/stored/users%2F42%2Fa")).status).toBe(404);

	await demo.limitUploads(-1);
	await demo.press("a", "Retry");
	await demo.page.getByText("3 of 3 stored").waitFor();
	expect(await demo.stored("a")).toEqual(buffer);
	const said = await demo.announced();
	expect(said.filter((line) => line.startsWith("a: ") && !line.endsWith("sent"))).toEqual([
		"a: upload started",
		"a: aborted",
		"a: upload started",
		"a: stored",
	]);
});

it("pauses a large upload, which sends nothing more until it is resumed", async ({ demo }) => {
	await demo.limitUploads(10_000_000);
	await demo.choose(await folder.sparse("large.bin", 101_000_000));
	const bar = demo.row("large.bin").getByRole("progressbar", { name: "Progress of large.bin" });
	const value = (): Promise<number> =>
		bar.evaluate((element) => (element as HTMLProgressElement).value);
	await demo.has("large.bin", /^[1-9]\d* %, /);
	await demo.press("large.bin", "Pause");
	await demo.has("large.bin", /^Paused/);
	await demo.limitUploads(-1);
	// time enough for all of it; but only the three parts on their way arrive, 50 MB of 101
	await demo.page.waitForTimeout(1_000);
	expect(await value()).toBeLessThan(0.51);
	await demo.press("large.bin", "Resume");
	await demo.has("large.bin", "Stored");
	await demo.has("large.bin", "users/42/large.bin, 101 MB");
});

it("says why a file is refused, and offers no retry that is in vain", async ({ demo }) => {
	await demo.choose(await folder.sparse("huge.bin", 5_100_000_000));
	await demo.has("huge.bin", "Failed");
	const words = "The file has 5.1 GB; at most 5 GB are accepted here. Choose a smaller file.";
	await demo.has("huge.bin", words);
	expect(await demo.announced()).toContain(`huge.bin failed. ${words}`);
	expect(await demo.row("huge.bin").getByRole("button").allTextContents()).toEqual(["Remove"]);
	expect(await demo.page.getByText("0 of 1 stored, 1 failed").count()).toBe(1);
});

it("offers another name where the key is taken", async ({ demo }) => {
	const upload = async (text: string): Promise<void> => {
		await demo.choose({ name: "notes.tar.gz", mimeType: "", buffer: Buffer.from(text) });
	};
	await upload("first");
	await demo.has("notes.tar.gz", "Stored");
	await demo.press("notes.tar.gz", "Remove");
	await upload("second");
	await demo.has("notes.tar.gz", /^The key is taken: choose another key\./);
	await demo.press("notes.tar.gz", "Upload under a new name");
	await demo.has("notes.tar.gz", "users/42/notes.tar (2).gz, 6 bytes");
	expect(String(await demo.stored("notes.tar.gz"))).toBe("second");
});

it("says that the network is gone, and goes on when it is back", async ({ demo }) => {
	await demo.limitUploads(10_000_000);
	await demo.choose(await folder.sparse("train.bin", 101_000_000));
	await demo.has("train.bin", /^[1-9]\d* %, /);
	// what is on its way still arrives: the browser cuts no connection
	await demo.goOffline();
	const words = "There is no network. It goes on when the network is back.";
	await demo.has("train.bin", words);
	expect(await demo.announced()).toContain(`train.bin: ${words}`);
	await demo.limitUploads(-1);
	await demo.has("train.bin", "Stored");
});
