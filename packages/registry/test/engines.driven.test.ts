import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from "vitest";
import type { Browser, Page } from "../../../tools/browsers/browser.ts";
import { openBrowser } from "../../../tools/browsers/open-browser.ts";
import { bundle, html, readAxe } from "./open-gallery.ts";

// What differs from engine to engine; gallery.test.ts has the rest, in Chromium.

let server: Server;
let browser: Browser;
let page: Page;
beforeAll(async () => {
	const files = await bundle();
	server = createServer((request, response) => {
		const body = files.get(request.url ?? "");
		const type = request.url?.endsWith(".css") ? "text/css" : "text/javascript";
		response.setHeader("content-type", body ? type : "text/html");
		response.end(body ?? html);
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	browser = await openBrowser(inject("engine"));
});
afterAll(async () => {
	await browser?.close();
	server?.closeAllConnections();
	server?.close();
});
beforeEach(async () => {
	page = await browser.openPage(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
	await shows("button", "choose files");
});
afterEach(() => page?.close());

/** Waits until an element has a text. */
const shows = (selector: string, text: string): Promise<unknown> =>
	expect
		.poll(() =>
			page.evaluate(
				(selector) =>
					Array.from(document.querySelectorAll(selector), ({ textContent }) => textContent),
				selector,
			),
		)
		.toContainEqual(expect.stringContaining(text));
const focused = (): Promise<string | null | undefined> =>
	page.evaluate(
		() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent,
	);

it("takes a file of the picker, and shows how its upload stands", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-gallery-"));
	try {
		await writeFile(join(folder, "film.mp4"), Buffer.alloc(100));
		await page.chooseFile(".sk-zone input[type=file]", join(folder, "film.mp4"));
		await shows(".sk-row", "film.mp4");
		await page.evaluate(() =>
			window.uploads.set("film.mp4", { loaded: 42, bytesPerSecond: 10, secondsLeft: 170 }),
		);
		await shows(".sk-row-state", "42% · 10 bytes/s · 3 min left");
		await page.evaluate(() => window.uploads.complete("film.mp4"));
		await shows(".sk-row-state", "Uploaded · 100 bytes");
	} finally {
		await rm(folder, { recursive: true });
	}
});

it("opens the picker by the keyboard, and skips its input", async () => {
	await page.evaluate(() => {
		const opened: string[] = [];
		Object.assign(window, { opened });
		addEventListener("click", (event) => {
			const input = event.target as HTMLInputElement;
			if (input.type !== "file") return;
			// the window of a picker would stay open
			event.preventDefault();
			opened.push(input.ariaLabel ?? "");
		});
	});
	await page.press("Tab");
	expect(await focused()).toBe("choose files");
	await page.press("Enter");
	await page.press(" ");
	await expect
		.poll(() => page.evaluate(() => (window as unknown as { opened: string[] }).opened.length))
		.toBe(2);
	await page.press("Tab");
	expect(await focused()).not.toBe("Files");
});

it("takes what is dropped, and tells a drag what it may drop", async () => {
	const drag = (type: string): Promise<void> =>
		page.evaluate((type) => {
			const dataTransfer = new DataTransfer();
			dataTransfer.items.add(new File(["x"], "dropped.mp4", { type: "video/mp4" }));
			const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
			document.querySelector(".sk-zone")?.dispatchEvent(event);
		}, type);
	await drag("dragenter");
	await shows('.sk-zone [aria-live="assertive"]', "Drop to upload");
	await drag("drop");
	await shows(".sk-row", "dropped.mp4");
});

it("takes a pasted picture, under a name of its own", async () => {
	await page.evaluate(async () => {
		const { name, type } = await window.drawPicture("image.png", 20, [30, 20]);
		const clipboardData = new DataTransfer();
		clipboardData.items.add(new File(["x"], name, { type }));
		const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true });
		Object.defineProperty(event, "clipboardData", { value: clipboardData });
		document.querySelector(".sk-zone")?.dispatchEvent(event);
	});
	await shows(".sk-row", "pasted-");
});

it("shows pictures small", async () => {
	await page.evaluate(async () => {
		const picture = await window.drawPicture("wide.jpg", 200, [3000, 1000]);
		await window.lists.get("files")?.add([picture]);
	});
	const size = (): Promise<number[]> =>
		page.evaluate(() => {
			const image = document.querySelector<HTMLImageElement>(".sk-row img");
			return [image?.naturalWidth ?? 0, image?.naturalHeight ?? 0];
		});
	await expect.poll(size).toEqual([160, 53]);
});

it("moves the focus to the next row and the picker as rows are removed", async () => {
	await page.evaluate(() => {
		const files = ["a.mp4", "b.mp4"].map((name) => new File(["x"], name, { type: "video/mp4" }));
		void window.lists.get("files")?.add(files);
	});
	await shows(".sk-row", "b.mp4");
	await page.evaluate(() => {
		window.uploads.complete("a.mp4");
		window.uploads.complete("b.mp4");
	});
	const has = (label: string): Promise<boolean> =>
		page.evaluate((label) => document.querySelector(`[aria-label="${label}"]`) !== null, label);
	await expect.poll(() => has("Remove a.mp4")).toBe(true);
	await page.evaluate(() =>
		document.querySelector<HTMLElement>('[aria-label="Remove a.mp4"]')?.focus(),
	);
	await page.press("Enter");
	await expect.poll(focused).toBe("Remove b.mp4");
	await page.press("Enter");
	await expect.poll(focused).toBe("Remove interview.wav");
	await page.press("Enter");
	await expect.poll(focused).toBe("choose files");
});

it.each([
	["light", "ltr"],
	["dark", "ltr"],
	["light", "rtl"],
	["dark", "rtl"],
] as const)("is clean for axe, and no wider than its window: %s, %s", async (scheme, direction) => {
	await page.evaluate(
		([scheme, direction]) => {
			const { style } = document.documentElement;
			style.colorScheme = scheme ?? "";
			document.documentElement.dir = direction ?? "";
			const files = ["moving.mp4", "broken.mp4", "taken.mp4", "ended.mp4", "no.pdf"].map(
				(name) =>
					new File([new Uint8Array(100)], name, {
						type: name.endsWith("pdf") ? "application/pdf" : "video/mp4",
					}),
			);
			void window.lists.get("files")?.add(files);
		},
		[scheme, direction] as const,
	);
	await shows(".sk-row", "ended.mp4");
	await page.evaluate(() => {
		window.uploads.set("moving.mp4", { loaded: 42, bytesPerSecond: 10, secondsLeft: 170 });
		window.uploads.fail("broken.mp4", "storage-error");
		window.uploads.fail("taken.mp4", "already-exists");
		window.uploads.complete("ended.mp4");
	});
	await shows(".sk-row-state", "Uploaded · 100 bytes");
	await page.evaluate(
		(source) => {
			const script = document.createElement("script");
			script.textContent = source;
			document.head.append(script);
		},
		await readAxe(),
	);
	const problems = await page.evaluate(async () => {
		// colors on their way from light to dark have any contrast
		for (const animation of document.getAnimations()) {
			if (animation instanceof CSSTransition) animation.finish();
		}
		const { axe } = window as unknown as { axe: typeof import("axe-core") };
		const { violations } = await axe.run({ rules: { region: { enabled: false } } } as object);
		const words = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
		const isWide = document.documentElement.scrollWidth > innerWidth;
		return isWide ? [...words, "wider than the window"] : words;
	});
	expect(problems).toEqual([]);
});
