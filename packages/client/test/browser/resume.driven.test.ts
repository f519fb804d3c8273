import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads, type PresignProvider } from "@skyput/server";
import { startBackend } from "@skyput/testing";
import type { Page } from "playwright";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import type { Upload, UploadResult } from "../../src/browser/index.js";
import { openPage } from "./open-page.js";

const partSize = 5 * 2 ** 20;
const partCount = 8;
const content = randomBytes((partCount - 1) * partSize + 123);

declare global {
	interface Window {
		upload?: Upload;
		/** What `onProgress` said. */
		loaded: number[];
	}
}

let provider: PresignProvider;
let endpoint: string;
let folder: string;
let path: string;
let page: Page;

beforeEach(async () => {
	const backend = await startBackend({
		uploads: defineUploads({ "films/:name": { authorize: "public", partSize } }),
		handler: { cors: { origins: ["*"] } },
	});
	onTestFinished(backend.close);
	({ endpoint, provider } = backend);
	folder = await mkdtemp(join(tmpdir(), "skyput-resume-"));
	path = join(folder, "film.mp4");
	await writeFile(path, content);
	const browser = await openPage();
	onTestFinished(async () => {
		await browser.close();
		await rm(folder, { recursive: true });
	});
	page = browser.page;
});

/** The parts that a page sends from now on. */
function watchParts(of: Page): number[] {
	const parts: number[] = [];
	of.on("request", (request) => {
		const part = new URL(request.url()).searchParams.get("partNumber");
		if (request.method() === "PUT" && part) parts.push(Number(part));
	});
	return parts;
}

/** Chooses the file and starts its upload, which pauses itself after so many bytes. */
async function start(of: Page, pauseAt = Number.POSITIVE_INFINITY): Promise<void> {
	await of.setInputFiles("#file", path);
	await of.evaluate(
		({ endpoint, pauseAt }) => {
			const [file] = document.querySelector<HTMLInputElement>("#file")?.files ?? [];
			if (!file) throw new Error("no file was chosen");
			window.loaded = [];
			let paused = false;
			const client = window.skyput.createClient({
				endpoint,
				resume: true,
				concurrency: 1,
				multipartThreshold: 1_000_000,
			});
			const upload = client.uploadFile(file, "films/film.mp4", {
				onProgress: ({ loaded }) => {
					window.loaded.push(loaded);
					if (loaded < pauseAt || paused) return;
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

const endOf = (of: Page): Promise<UploadResult> =>
	of.evaluate(async () => {
		const { upload } = window;
		if (!upload) throw new Error("no upload was started");
		return await upload;
	});

async function paused(of: Page, parts: readonly number[]): Promise<void> {
	await of.waitForFunction(() => window.upload?.state === "paused");
	expect(parts.length).toBeLessThan(partCount);
}

async function expectStored(result: UploadResult): Promise<void> {
	expect(result).toMatchObject({ key: "films/film.mp4", size: content.length });
	expect(result.checksum?.algorithm).toBe("crc32");
	const { url } = await provider.signDownload(result.key, { expiresIn: 60 });
	const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
	const digest = (of: Uint8Array): string => createHash("sha256").update(of).digest("hex");
	expect(digest(bytes)).toBe(digest(content));
}

test("a page that is reloaded goes on with the file, once it is chosen again", async () => {
	const before = watchParts(page);
	await start(page, 2 * partSize);
	await paused(page, before);
	const sent = before.length;
	await page.reload();

	const after = watchParts(page);
	await start(page);
	const result = await endOf(page);
	const first = await page.evaluate(() => window.loaded[0]);
	expect(first).toBeGreaterThanOrEqual((sent - 1) * partSize);
	// what was in flight at the reload may go twice: one part
	expect(after.length).toBeLessThanOrEqual(partCount - sent + 1);
	await expectStored(result);
}, 60_000);

test("a second tab waits for the first, and gets the same answer without sending anything", async () => {
	const first = watchParts(page);
	await start(page, 2 * partSize);
	await paused(page, first);
	const tab = await page.context().newPage();
	await tab.goto(page.url());
	const second = watchParts(tab);
	await start(tab);
	await tab.waitForTimeout(500);
	expect(await tab.evaluate(() => window.upload?.state)).toBe("starting");

	await page.evaluate(() => window.upload?.resume());
	const [one, other] = await Promise.all([endOf(page), endOf(tab)]);
	expect(other).toEqual(one);
	expect(second).toEqual([]);
	await expectStored(other);
}, 60_000);

test("a second tab takes over when the first is closed", async () => {
	const first = watchParts(page);
	await start(page, 2 * partSize);
	await paused(page, first);
	const tab = await page.context().newPage();
	await tab.goto(page.url());
	const second = watchParts(tab);
	await start(tab);
	const sent = first.length;
	await page.close();
	await expectStored(await endOf(tab));
	expect(second.length).toBeLessThanOrEqual(partCount - sent + 1);
}, 60_000);
