import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
	type Browser,
	type BrowserContext,
	type BrowserContextOptions,
	type CDPSession,
	chromium,
	type Locator,
	type Page,
	type Request,
} from "playwright";
import { findChromium } from "../../../tools/find-chromium.ts";
import { startDemoBackend } from "../backend.mjs";
import { startPage } from "../page-server.mjs";

export interface DemoPage {
	readonly page: Page;
	/** A path of the demo's server, asked without the browser. */
	get(path: string): Promise<Response>;
	choose(files: Parameters<Page["setInputFiles"]>[1]): Promise<void>;
	/** The list item of a file. */
	row(name: string): Locator;
	/** Waits until the row of a file has this text. */
	has(name: string, text: string | RegExp): Promise<void>;
	/** Presses a button of the row of a file. */
	press(name: string, action: string): Promise<void>;
	/** What the download link of a file leads to. */
	stored(name: string): Promise<Buffer>;
	/** The name of the focused element. */
	focused(): Promise<string | null>;
	/**
	 * Lets `count` requests to the storage pass, and holds all others in the browser until the function that it
	 * resolves to is called: an upload stays in its middle, however slow the machine is.
	 */
	holdAfter(count: number): Promise<() => Promise<void>>;
	/** Bytes per second that leave the browser; -1 lifts the limit. */
	limitUploads(bytesPerSecond: number): Promise<void>;
	/** The requests to the storage that the page has begun, and which of them have ended. */
	puts(): readonly { readonly part: string | null; readonly ended: boolean }[];
	/** What the page has recorded of uploads that it can continue, as text. */
	records(): Promise<string>;
	/** Breaks the network by the switch of the page. */
	breakNetwork(fault: string): Promise<void>;
	/** What the bars of the chart say of each request. */
	requests(): Promise<readonly string[]>;
	/** Drops files and folders of this machine. */
	drop(...paths: readonly string[]): Promise<void>;
	close(): Promise<void>;
}

export function launchBrowser(): Promise<Browser> {
	const executablePath = findChromium();
	return chromium.launch({
		...(executablePath ? { executablePath } : {}),
		args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
	});
}

/** Opens the demo's page over a storage of its own, where nothing is stored yet. */
export async function openDemo(
	browser: Browser,
	options: BrowserContextOptions = {},
): Promise<DemoPage> {
	const backend = await startDemoBackend();
	// tests run on the sources of the packages, not on what was built last
	const server = await startPage(backend, { conditions: ["source"] });
	const context = await browser.newContext({ reducedMotion: "reduce", ...options });
	const { page, devtools } = await openPage(context, server.address);
	const puts: Request[] = [];
	const ended = new Set<Request>();
	page.on("request", (request) => request.method() === "PUT" && puts.push(request));
	page.on("requestfinished", (request) => ended.add(request));
	page.on("requestfailed", (request) => ended.add(request));
	const get = (path: string): Promise<Response> => fetch(new URL(path, server.address));
	const row = (name: string): Locator =>
		page.locator(".sk-row").filter({ has: page.locator(`.sk-row-name[title="${name}"]`) });
	return {
		page,
		get,
		row,
		choose: (files) => page.getByLabel("Files", { exact: true }).first().setInputFiles(files),
		has: (name, text) => row(name).locator(".sk-row-state").filter({ hasText: text }).waitFor(),
		press: (name, action) => row(name).getByRole("button", { name: action }).click(),
		async stored(name) {
			const link = row(name).getByRole("link", { name: /^Download / });
			const answer = await get((await link.getAttribute("href")) ?? "");
			if (!answer.ok) throw new Error(`${name} cannot be read: HTTP ${answer.status}`);
			return Buffer.from(await answer.arrayBuffer());
		},
		focused: () =>
			page.evaluate(() => {
				const { activeElement } = document;
				return activeElement?.getAttribute("aria-label") ?? activeElement?.textContent ?? null;
			}),
		async holdAfter(count) {
			let passed = 0;
			const released = Promise.withResolvers<void>();
			await page.route("**", async (route) => {
				if (route.request().method() === "PUT" && ++passed > count) await released.promise;
				// a held request ends with its page
				await route.continue().catch(() => {});
			});
			return async () => {
				released.resolve();
				await page.unrouteAll({ behavior: "wait" });
			};
		},
		async limitUploads(uploadThroughput) {
			const conditions = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput };
			await devtools.send("Network.emulateNetworkConditions", conditions);
		},
		records: () =>
			page.evaluate(async () => {
				const has = (await indexedDB.databases()).some(({ name }) => name === "skyput");
				// opening it would make it
				if (!has) return "";
				const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
					new Promise((resolve, reject) => {
						request.onsuccess = () => resolve(request.result);
						request.onerror = () => reject(request.error);
					});
				const database = await done(indexedDB.open("skyput"));
				const [name = ""] = Array.from(database.objectStoreNames);
				const rows = await done(database.transaction(name).objectStore(name).getAll());
				database.close();
				return JSON.stringify(rows).replaceAll("\\", "");
			}),
		async breakNetwork(name) {
			await Promise.all([
				page.waitForResponse(/\/faults$/),
				page.getByRole("radio", { name, exact: true }).check(),
			]);
		},
		requests: () =>
			page
				.locator(".lanes i")
				.evaluateAll((bars) => bars.map((bar) => bar.getAttribute("title") ?? "")),
		puts: () =>
			puts.map((request) => ({
				part: new URL(request.url()).searchParams.get("partNumber"),
				ended: ended.has(request),
			})),
		async drop(...paths) {
			const data = { items: [], files: [...paths], dragOperationsMask: 1 };
			for (const type of ["dragEnter", "dragOver", "drop"] as const) {
				await devtools.send("Input.dispatchDragEvent", { type, x: 200, y: 200, data });
			}
		},
		async close() {
			await context.close();
			await server.close();
			await backend.close();
		},
	};
}

async function openPage(
	context: BrowserContext,
	address: string,
): Promise<{ readonly page: Page; readonly devtools: CDPSession }> {
	const page = await context.newPage();
	// only finds what hangs: less than the timeout of a test, so that the step is named
	page.setDefaultTimeout(240_000);
	const devtools = await context.newCDPSession(page);
	await devtools.send("Network.enable");
	await page.goto(address);
	// React may render after the page has loaded
	await page.getByRole("button", { name: "choose files" }).first().waitFor();
	return { page, devtools };
}

/** A folder for the files of a test, removed by `remove`. */
export async function makeFolder(): Promise<{
	readonly path: string;
	/** A file of zeros that takes no room on the disk. */
	sparse(name: string, size: number): Promise<string>;
	remove(): Promise<void>;
}> {
	const path = await mkdtemp(join(tmpdir(), "skyput-demo-page-"));
	return {
		path,
		async sparse(name, size) {
			const file = await open(join(path, name), "w");
			await file.truncate(size);
			await file.close();
			return join(path, name);
		},
		remove: () => rm(path, { recursive: true }),
	};
}
