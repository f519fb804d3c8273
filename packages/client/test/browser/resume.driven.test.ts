import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads, type PresignProvider } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import {
	afterAll,
	beforeAll,
	beforeEach,
	describe,
	expect,
	inject,
	onTestFinished,
	test,
} from "vitest";
import type { Page } from "../../../../tools/browsers/browser.ts";
import type { Upload, UploadResult } from "../../src/browser/index.js";
import { type ClientBrowser, openClientBrowser } from "./open-client-browser.js";

const partSize = 5 * 2 ** 20;
const partCount = 8;
const content = randomBytes((partCount - 1) * partSize + 123);

declare global {
	interface Window {
		upload?: Upload;
		/** What `onProgress` said. */
		loaded: number[];
		/** Numbers of the parts that the page began to send. */
		parts: number[];
	}
}

/** Who is signed in. */
let user: string;
let browser: ClientBrowser;
let provider: PresignProvider;
let endpoint: string;
let folder: string;
let path: string;
let page: Page;

beforeAll(async () => {
	browser = await openClientBrowser();
});

afterAll(() => browser.close());

beforeEach(async () => {
	user = "one";
	const backend = await startBackend({
		uploads: defineUploads({ "films/:name": { authorize: "public", partSize } }),
		handler: { cors: { origins: ["*"] } },
		principal: {
			get sub() {
				return user;
			},
		},
	});
	onTestFinished(backend.close);
	({ endpoint, provider } = backend);
	folder = await mkdtemp(join(tmpdir(), "skyput-resume-"));
	path = join(folder, "film.mp4");
	await writeFile(path, content);
	onTestFinished(() => rm(folder, { recursive: true }));
	page = await browser.openPage();
	onTestFinished(() => page.close().catch(() => {}));
});

/** Chooses the file and starts its upload, which pauses itself after so many bytes. */
async function start(of: Page, pauseAt?: number, file = path): Promise<void> {
	await of.chooseFile("#file", file);
	await of.evaluate(
		({ endpoint, pauseAt }) => {
			window.loaded = [];
			window.parts = [];
			const { open } = XMLHttpRequest.prototype;
			XMLHttpRequest.prototype.open = function (method: string, url: string | URL): void {
				window.parts.push(Number(new URL(url).searchParams.get("partNumber")));
				open.call(this, method, url, true);
			};
			let paused = false;
			const client = window.skyput.createClient({
				endpoint,
				resume: true,
				concurrency: 1,
				multipartThreshold: 1_000_000,
			});
			const upload = client.uploadFile(window.chosenFile(), "films/film.mp4", {
				onProgress: ({ loaded }) => {
					window.loaded.push(loaded);
					if (pauseAt === undefined || loaded < pauseAt || paused) return;
					paused = true;
					upload.pause();
				},
			});
			upload.catch(() => {});
			window.upload = upload;
		},
		{ endpoint, pauseAt },
	);
}

const partsOf = (of: Page): Promise<number[]> => of.evaluate(() => window.parts);

const endOf = (of: Page): Promise<UploadResult> =>
	of.evaluate(async () => {
		const { upload } = window;
		if (!upload) throw new Error("no upload was started");
		return await upload;
	});

/** How the upload ended: "stored", or the code of its error. */
const outcomeOf = (of: Page): Promise<string | undefined> =>
	of.evaluate(() =>
		window.upload?.then(
			() => "stored",
			({ code }) => code,
		),
	);

/** Waits until the upload has paused itself; resolves with how many parts it has begun to send. */
async function paused(of: Page): Promise<number> {
	const state = (): Promise<string | undefined> => of.evaluate(() => window.upload?.state);
	await expect.poll(state).toBe("paused");
	const { length } = await partsOf(of);
	expect(length).toBeLessThan(partCount);
	return length;
}

async function expectStored(result: UploadResult, expected = content): Promise<void> {
	expect(result).toMatchObject({ key: "films/film.mp4", size: content.length });
	expect(result.checksum?.algorithm).toBe("crc32");
	await expectContent(expected);
}

async function expectContent(expected = content): Promise<void> {
	const { url } = await provider.signDownload("films/film.mp4", { expiresIn: 3_600 });
	const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
	const digest = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");
	expect(digest(bytes)).toBe(digest(expected));
}

test("a page that is reloaded goes on with the file, once it is chosen again", async () => {
	await start(page, 2 * partSize);
	const sent = await paused(page);
	await page.reload();

	await start(page);
	const result = await endOf(page);
	const first = await page.evaluate(() => window.loaded[0]);
	expect(first).toBeGreaterThanOrEqual((sent - 1) * partSize);
	// what was in flight at the reload may go twice: one part
	expect((await partsOf(page)).length).toBeLessThanOrEqual(partCount - sent + 1);
	await expectStored(result);
});

test("a file that is edited with its time kept before it is chosen again is stored as it is then", async () => {
	await utimes(path, 1_000, 1_000);
	await start(page, 2 * partSize);
	await paused(page);
	await page.reload();

	const edited = Buffer.from(content);
	edited.write("edited", 1_000_000);
	await writeFile(path, edited);
	await utimes(path, 1_000, 1_000);
	await start(page);
	await expectStored(await endOf(page), edited);
	const parts = await partsOf(page);
	expect(parts).toContain(1);
	expect(parts).not.toContain(2);
});

test("another user of the same browser begins anew, and leaves no record behind", async () => {
	await start(page, 2 * partSize);
	await paused(page);
	await page.reload();

	user = "two";
	await start(page);
	await expectStored(await endOf(page));
	expect(await partsOf(page)).toHaveLength(partCount);
});

describe("a second tab with the same file", () => {
	let tab: Page;

	/** Opens the tab and starts its upload, which waits for the lock of the first one's. */
	async function startInTab(file = path): Promise<void> {
		tab = await browser.openPage();
		onTestFinished(() => tab.close());
		await start(tab, undefined, file);
		const waiting = (): Promise<number | undefined> =>
			tab.evaluate(async () => (await navigator.locks.query()).pending?.length);
		await expect.poll(waiting).toBe(1);
		expect(await tab.evaluate(() => window.upload?.state)).toBe("starting");
	}

	test("waits for the first, and gets the same answer without sending anything", async () => {
		await start(page, 2 * partSize);
		await paused(page);
		await startInTab();

		await page.evaluate(() => window.upload?.resume());
		const [one, other] = await Promise.all([endOf(page), endOf(tab)]);
		expect(other).toEqual(one);
		expect(await partsOf(tab)).toEqual([]);
		await expectStored(other);
	});

	test("takes over when the first is closed", async () => {
		await start(page, 2 * partSize);
		const sent = await paused(page);
		await startInTab();
		await page.close();
		await expectStored(await endOf(tab));
		expect((await partsOf(tab)).length).toBeLessThanOrEqual(partCount - sent + 1);
	});

	test("takes over when the first crashes", async ({ skip }) => {
		skip(inject("engine") !== "chromium", "only Chromium has a page that makes just one tab crash");
		await start(page, 2 * partSize);
		const sent = await paused(page);
		await startInTab();
		void page.goto("chrome://crash").catch(() => {});
		await expectStored(await endOf(tab));
		expect((await partsOf(tab)).length).toBeLessThanOrEqual(partCount - sent + 1);
	});

	test("that starts with it goes on with what an earlier page left, and sends nothing twice", async () => {
		await start(page, 2 * partSize);
		const sent = await paused(page);
		await page.reload();
		tab = await browser.openPage();
		onTestFinished(() => tab.close());

		await Promise.all([start(page), start(tab)]);
		const outcomes = await Promise.all([outcomeOf(page), outcomeOf(tab)]);
		const parts = [...(await partsOf(page)), ...(await partsOf(tab))];
		expect(new Set(parts).size).toBe(parts.length);
		expect(parts.length).toBeLessThanOrEqual(partCount - sent + 1);
		await expectContent();
		// one that looks for a record only after the other has ended finds a taken key
		expect(outcomes).toContain("stored");
		expect(["stored", "already-exists"]).toEqual(expect.arrayContaining(outcomes));
	});

	test("is told that the key is taken if its file differs where no sample is taken", async () => {
		const other = join(folder, "other", "film.mp4");
		await mkdir(join(folder, "other"));
		const edited = Buffer.from(content);
		edited.write("edited", 1_000_000);
		await writeFile(other, edited);
		for (const file of [path, other]) await utimes(file, 1_000, 1_000);
		await start(page, 2 * partSize);
		await paused(page);
		await startInTab(other);

		await page.evaluate(() => window.upload?.resume());
		await expectStored(await endOf(page));
		expect(await outcomeOf(tab)).toBe("already-exists");
		await expectContent();
	});
});
