import type { Page } from "playwright";
import { expect, it } from "vitest";
import {
	choose,
	complete,
	createGalleryOpener,
	fail,
	focused,
	row,
	set,
	showStates,
} from "./drive-gallery.ts";
import { readAxe } from "./open-gallery.ts";

const open = createGalleryOpener();

/** From now on, time passes by `runFor` alone. */
async function stopClock(page: Page): Promise<void> {
	const time = Date.now();
	await page.clock.install({ time });
	await page.clock.pauseAt(time + 1_000);
}

it("says each state in words, with an icon beside those that need a look", async () => {
	const page = await open();
	await showStates(page);
	const states = await page.locator(".sk-row-state").allTextContents();
	expect(states.map((words) => words.trim().replace(/\d+ s$/, "N s"))).toEqual([
		"Choose “interview.wav” again to continue from 42%. Choose file",
		"42% · 10 bytes/s · 3 min left",
		"Connection lost. Trying again in N s",
		"You’re offline. Continues when you reconnect.",
		"Paused at 42%",
		"Something went wrong on our side. Try again",
		"This name exists. Upload under a new name",
		"Uploaded · 100 bytes",
		"Canceled Try again",
		"PDF files aren’t accepted. Use images, videos, audio, or TAR.",
	]);
	for (const name of ["late", "off", "still", "broken", "taken", "ended", "no."]) {
		expect(await row(page, name).locator(".sk-row-state svg").count()).toBe(1);
	}
});

it("is clean for axe, empty and in every state: light, dark, from right to left, wide and narrow", async () => {
	const page = await open();
	await page.evaluate(await readAxe());
	const look = async (): Promise<string[]> => {
		const problems: string[] = [];
		for (const colorScheme of ["light", "dark"] as const) {
			await page.emulateMedia({ colorScheme });
			for (const [width, dir] of [
				[1280, "ltr"],
				[390, "rtl"],
				[320, "ltr"],
			] as const) {
				await page.setViewportSize({ width, height: 900 });
				await page.evaluate((dir) => document.documentElement.setAttribute("dir", dir), dir);
				const found = await page.evaluate(async () => {
					const { axe } = window as unknown as { axe: typeof import("axe-core") };
					const { violations } = await axe.run({ rules: { region: { enabled: false } } } as object);
					const words = violations.map(
						({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`,
					);
					const isWide = document.documentElement.scrollWidth > innerWidth;
					return isWide ? [...words, "wider than the window"] : words;
				});
				problems.push(...found.map((problem) => `${colorScheme}, ${width}: ${problem}`));
			}
		}
		return problems;
	};
	expect(await look()).toEqual([]);
	await showStates(page);
	// a name without a place to break it
	await choose(page, `${"long".repeat(30)}.mp4`);
	expect(await look()).toEqual([]);
	await page.evaluate(() =>
		window.lists
			.get("files")
			?.add(
				Array.from(
					{ length: 10_000 },
					(_, i) => new File(["x"], `${i}.mp3`, { type: "audio/mpeg" }),
				),
			),
	);
	await page.locator("[data-long]").waitFor();
	expect(await look()).toEqual([]);
});

it("has a real button for the picker, and inputs that the keyboard skips", async () => {
	const page = await open();
	// the browser is told to report pickers before the first key is pressed
	page.on("filechooser", () => {});
	await page.keyboard.press("Tab");
	expect(await focused(page)).toBe("choose files");
	for (const key of ["Enter", "Space"]) {
		const [chooser] = await Promise.all([
			page.waitForEvent("filechooser"),
			page.keyboard.press(key),
		]);
		expect(chooser.isMultiple()).toBe(true);
		await chooser.setFiles([]);
	}
	expect(await page.locator('input[type="file"]:not([tabindex="-1"])').count()).toBe(0);
	expect(await page.locator(".sk-zone[tabindex]").count()).toBe(0);
	const button = page.getByRole("button", { name: "choose files" });
	const described = (await button.getAttribute("aria-describedby"))?.split(" ") ?? [];
	const texts = await Promise.all(
		described.map((id) => page.locator(`[id="${id}"]`).textContent()),
	);
	expect(texts).toEqual(["Pictures and films, up to 5 GB each", ""]);
});

it("says of rejected files why, once for all that were chosen together", async () => {
	const page = await open({ query: "?most=3" });
	const alert = page.locator("#drop-zone-and-file-list").getByRole("alert");
	await choose(page, "one.pdf");
	const types = "PDF files aren’t accepted. Use images, videos, audio, or TAR.";
	await expect.poll(() => alert.textContent()).toBe(`one.pdf: ${types}`);
	expect(await page.getByLabel("Files", { exact: true }).first().getAttribute("aria-invalid")).toBe(
		"true",
	);
	await choose(page, "two.pdf", "three.pdf");
	await expect.poll(() => alert.textContent()).toBe(`2 files weren’t uploaded. ${types}`);
	await choose(page, "a.mp4");
	await expect.poll(() => alert.textContent()).toBe("");
	await choose(page, "b.mp4", "c.mp4");
	await expect.poll(() => alert.textContent()).toBe("c.mp4: You can add up to 3 files.");
});

it("names progress bars by their file, and says how long it takes; an unknown total has no value", async () => {
	const page = await open();
	await choose(page, "film.mp4");
	await set(page, "film.mp4", { loaded: 42, bytesPerSecond: 1, secondsLeft: 170 });
	const bar = page.getByRole("progressbar", { name: "film.mp4" });
	await expect.poll(() => bar.getAttribute("aria-valuetext")).toBe("42%, 3 minutes left");
	expect(await bar.getAttribute("aria-valuenow")).toBe("42");
	await page.evaluate(() =>
		window.lists.get("files")?.add([
			{
				path: "live.mp4",
				file: new File([], "live.mp4", { type: "video/mp4" }),
				size: undefined,
			} as never,
		]),
	);
	await set(page, "live.mp4", { total: undefined, loaded: 2_000 });
	const live = page.getByRole("progressbar", { name: "live.mp4" });
	await expect.poll(() => live.getAttribute("aria-valuetext")).toBe("2 kB");
	expect(await live.getAttribute("aria-valuenow")).toBeNull();
});

it("moves the focus to the next row, the one before and the picker as rows are removed", async () => {
	const page = await open();
	await page.getByRole("button", { name: "Remove interview.wav" }).click();
	await choose(page, "a.mp4", "b.mp4", "c.mp4");
	for (const name of ["a.mp4", "b.mp4", "c.mp4"]) await complete(page, name);
	await page.getByRole("button", { name: "Remove b.mp4" }).focus();
	for (const next of ["Remove c.mp4", "Remove a.mp4", "choose files"]) {
		await page.keyboard.press("Enter");
		await expect.poll(() => focused(page)).toBe(next);
	}
});

it("moves the focus to the picker, or a row that is left, when the list is cleared", async () => {
	const page = await open();
	await choose(page, "a.mp4");
	await complete(page, "a.mp4");
	await page.getByRole("button", { name: "Clear" }).click();
	await expect.poll(() => focused(page)).toBe("Remove interview.wav");
	await page.keyboard.press("Enter");
	await choose(page, "b.mp4");
	await complete(page, "b.mp4");
	await page.getByRole("button", { name: "Clear" }).click();
	await expect.poll(() => focused(page)).toBe("choose files");
});

it("keeps the focus on a row that is tried again", async () => {
	const page = await open();
	await choose(page, "a.mp4");
	await fail(page, "a.mp4", "network");
	await page.getByRole("button", { name: "Try again: a.mp4" }).click();
	await set(page, "a.mp4", { loaded: 10 });
	await expect.poll(() => focused(page)).toBe("Pause a.mp4");
	await page.keyboard.press("Enter");
	await expect.poll(() => focused(page)).toBe("Resume a.mp4");
	await complete(page, "a.mp4");
	await expect.poll(() => focused(page)).toBe("Remove a.mp4");
});

it("leaves the focus where the user moved it while a row is tried again", async () => {
	const page = await open();
	await choose(page, "a.mp4", "b.mp4");
	await fail(page, "a.mp4", "network");
	await page.getByRole("button", { name: "Pause all" }).click();
	await page.getByRole("button", { name: "Try again: a.mp4" }).click();
	await expect.poll(() => focused(page)).toBe("Cancel a.mp4");
	await page.getByRole("button", { name: "choose files" }).focus();
	await page.evaluate(() => window.lists.get("files")?.resume());
	await page.getByRole("button", { name: "Pause a.mp4" }).waitFor();
	expect(await focused(page)).toBe("choose files");
});

it("moves the focus from “Pause all” to the total when the list ends, never to a button that discards", async () => {
	const page = await open();
	await choose(page, "a.mp4");
	await page.getByRole("button", { name: "Pause all" }).focus();
	await complete(page, "a.mp4");
	await page.getByRole("button", { name: "Clear" }).waitFor();
	await expect.poll(() => focused(page)).toBe("1 uploaded");
	await page.keyboard.press("Tab");
	expect(await focused(page)).toBe("Clear");
});

it("uploads a taken name under the next one", async () => {
	const page = await open();
	await choose(page, "a.b.mp4");
	for (const count of [2, 3]) {
		await fail(page, "a.b.mp4", "already-exists");
		await page.getByRole("button", { name: "Upload under a new name: a.b.mp4" }).click();
		await expect
			.poll(() => page.evaluate(() => window.uploads.begun.at(-1)?.[1]))
			.toBe(`files/a.b (${count}).mp4`);
	}
});

it("continues what a reload left with the same file, and refuses another one", async () => {
	const page = await open();
	const left = row(page, "interview.wav");
	const give = async (name: string): Promise<void> => {
		const [chooser] = await Promise.all([
			page.waitForEvent("filechooser"),
			left.getByRole("button", { name: "Choose file: interview.wav" }).click(),
		]);
		await chooser.setFiles({ name, mimeType: "audio/wav", buffer: Buffer.alloc(100) });
	};
	await give("other.wav");
	await left.getByRole("alert").getByText("This isn’t the same file.").waitFor();
	await give("interview.wav");
	await left.getByRole("button", { name: "Pause interview.wav" }).waitFor();
});

it("announces files, quarters and the end in a region that stays, one after another", async () => {
	const page = await open();
	const status = page.locator("#drop-zone-and-file-list").getByRole("status");
	const region = await status.elementHandle();
	await stopClock(page);
	await page.clock.runFor(10_000);
	expect(await status.textContent()).toBe("");
	await choose(page, "a.mp4", "b.mp4");
	await page.clock.runFor(1);
	expect(await status.textContent()).toBe("2 files added");
	await set(page, "a.mp4", { loaded: 60 });
	await page.clock.runFor(4_000);
	expect(await status.textContent()).toBe("2 files added");
	await page.clock.runFor(2_000);
	expect(await status.textContent()).toBe("25% uploaded");
	await complete(page, "a.mp4");
	await fail(page, "b.mp4", "storage-error");
	await page.clock.runFor(6_000);
	expect(await status.textContent()).toBe("1 uploaded, 1 failed");
	expect(await region?.evaluate((element) => element.isConnected)).toBe(true);
});

it("announces a sentence again that is equal to the one before", async () => {
	const page = await open();
	const status = page.locator("#drop-zone-and-file-list").getByRole("status");
	await stopClock(page);
	const announcements = await status.evaluateHandle((region) => {
		const said: string[] = [];
		new MutationObserver(() => said.push(region.textContent ?? "")).observe(region, {
			childList: true,
			characterData: true,
			subtree: true,
		});
		return said;
	});
	for (const name of ["a.mp4", "b.mp4"]) {
		await choose(page, name);
		await page.clock.runFor(6_000);
	}
	expect(await announcements.jsonValue()).toEqual(["1 file added", "1 file added"]);
});

it("tells a drag what it may drop", async () => {
	const page = await open();
	const drag = (type: string, files: readonly string[]): Promise<void> =>
		page.evaluate(
			([type, files]) => {
				const dataTransfer = new DataTransfer();
				for (const file of files) dataTransfer.items.add(new File(["x"], "x", { type: file }));
				const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer });
				document.querySelector(".sk-zone")?.dispatchEvent(event);
			},
			[type, files] as const,
		);
	const over = page.locator(".sk-zone").first();
	for (const [files, words, accepted] of [
		[["image/png", "video/mp4"], "Drop to upload 2 files", "true"],
		[["application/pdf"], "Only images or videos", "false"],
	] as const) {
		await drag("dragenter", files);
		await expect.poll(() => over.getAttribute("data-accepted")).toBe(accepted);
		expect(await over.locator('[aria-live="assertive"]').textContent()).toBe(words);
		await drag("dragleave", files);
		await expect.poll(() => over.getAttribute("data-over")).toBeNull();
	}
});

it("shows a frame of a film, small", async () => {
	const page = await open();
	await page.evaluate(async () => {
		await window.lists.get("files")?.add([await window.recordFilm("film.webm")]);
	});
	const image = row(page, "film.webm").locator("img");
	await image.waitFor();
	const [width, height, red, blue] = await image.evaluate(async (element: HTMLImageElement) => {
		await element.decode();
		const { naturalWidth: width, naturalHeight: height } = element;
		const pen = Object.assign(document.createElement("canvas"), { width, height }).getContext("2d");
		pen?.drawImage(element, 0, 0);
		const [red = 0, , blue = 0] = pen?.getImageData(width / 2, height / 2, 1, 1).data ?? [];
		return [width, height, red, blue];
	});
	expect([width, height]).toEqual([160, 90]);
	expect((red ?? 0) - (blue ?? 0)).toBeGreaterThan(100);
});

it("shows pictures small, and revokes each address that it made", async () => {
	const page = await open();
	await page.evaluate(async () => {
		const urls = new Set<string>();
		const { createObjectURL, revokeObjectURL } = URL;
		Object.assign(window, { urls });
		URL.createObjectURL = (object) => {
			const url = createObjectURL.call(URL, object);
			// the worker's own stays
			if (object instanceof Blob && object.type !== "text/javascript") urls.add(url);
			return url;
		};
		URL.revokeObjectURL = (url) => {
			urls.delete(url);
			revokeObjectURL.call(URL, url);
		};
		const picture = await window.drawPicture("wide.jpg", 200, [3000, 1000]);
		const broken = new File(["no picture"], "broken.png", { type: "image/png" });
		await window.lists.get("files")?.add([picture, broken]);
	});
	const image = row(page, "wide.jpg").locator("img");
	await image.waitFor();
	const size = await image.evaluate(async (element: HTMLImageElement) => {
		await element.decode();
		return [element.naturalWidth, element.naturalHeight];
	});
	expect(size).toEqual([160, 53]);
	expect(await row(page, "broken.png").locator(".sk-thumbnail svg").count()).toBe(1);
	const count = (): Promise<number> =>
		page.evaluate(() => (window as unknown as { urls: Set<string> }).urls.size);
	expect(await count()).toBe(1);
	await page.evaluate(() => {
		const list = window.lists.get("files");
		for (const id of list?.snapshot().ids ?? []) list?.remove(id);
	});
	await expect.poll(count).toBe(0);
});

it("keeps of 10,000 files only the rows in sight and the one with the focus", async () => {
	const page = await open();
	await page.evaluate(() =>
		window.lists
			.get("files")
			?.add(
				Array.from(
					{ length: 10_000 },
					(_, i) => new File(["x"], `${i}.mp3`, { type: "audio/mpeg" }),
				),
			),
	);
	const rows = page.locator(".sk-row");
	await page.locator("[data-long]").waitFor();
	await expect.poll(() => rows.count()).toBeLessThan(30);
	await page.getByRole("button", { name: "Cancel 2.mp3", exact: true }).focus();
	await page.locator("[data-long]").evaluate((list) => list.scrollTo(0, 72 * 5_000));
	await page.getByText("5002.mp3").waitFor();
	expect(await focused(page)).toBe("Cancel 2.mp3");
	const shown = page.getByRole("listitem").filter({ hasText: "5002.mp3" });
	expect(await shown.getAttribute("aria-setsize")).toBe("10001");
	expect(await shown.getAttribute("aria-posinset")).toBe("5004");
	expect(await rows.count()).toBeLessThan(40);
});

it("shows the former picture of a person until the new one is stored, and all of it", async () => {
	const dot = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=";
	const page = await open({ query: `?avatar=${encodeURIComponent(dot)}` });
	await page.evaluate(async () => {
		await window.lists.get("avatar")?.add([await window.drawPicture("me.jpg", 20, [600, 900])]);
	});
	const picture = page.getByRole("img", { name: "Ada Lovelace" });
	await page.getByRole("progressbar", { name: "me.jpg" }).waitFor();
	expect(await picture.getAttribute("src")).toBe(dot);
	await complete(page, "me.jpg");
	await expect.poll(() => picture.getAttribute("src")).toMatch(/^blob:/);
	expect(await picture.evaluate((element) => getComputedStyle(element).objectFit)).toBe("contain");
});

it("keeps the width of the button while it shows the percent", async () => {
	const page = await open();
	const button = page.locator("#upload-button .sk-button");
	const width = async (): Promise<number> => (await button.boundingBox())?.width ?? 0;
	const before = await width();
	await page.evaluate(() =>
		window.lists.get("button")?.add([new File([new Uint8Array(100)], "invoice.pdf")]),
	);
	await set(page, "invoice.pdf", { loaded: 64 });
	await button.getByText("64%").waitFor();
	expect(await width()).toBe(before);
});

it("has targets of 44 pixels on touch screens, and no words about dropping", async () => {
	const page = await open({
		hasTouch: true,
		isMobile: true,
		viewport: { width: 390, height: 844 },
	});
	await choose(page, "a.mp4");
	for (const name of ["Pause a.mp4", "Cancel a.mp4", "choose files"]) {
		const { width, height } = (await page.getByRole("button", { name }).boundingBox()) ?? {};
		expect(Math.min(width ?? 0, height ?? 0)).toBeGreaterThanOrEqual(44);
	}
	expect(await page.getByText("Drop files here or").isVisible()).toBe(false);
});

it("moves nothing for those who want less motion, and keeps borders and bars in forced colors", async () => {
	const page = await open({ reducedMotion: "reduce", forcedColors: "active" });
	await choose(page, "a.mp4");
	await set(page, "a.mp4", { loaded: 50 });
	const moving = await page.evaluate(
		() =>
			Array.from(document.querySelectorAll(".sk, .sk *")).filter((element) => {
				const { animationName, transitionDuration } = getComputedStyle(element);
				return animationName !== "none" || transitionDuration !== "0s";
			}).length,
	);
	expect(moving).toBe(0);
	const bar = page.getByRole("progressbar", { name: "a.mp4" });
	const [border, fill, ground] = await bar.evaluate((element) => [
		getComputedStyle(element).borderTopStyle,
		getComputedStyle(element.firstElementChild as Element).backgroundColor,
		getComputedStyle(element).backgroundColor,
	]);
	expect(border).toBe("solid");
	expect(fill).not.toBe(ground);
	const zone = page.locator(".sk-zone").first();
	expect(await zone.evaluate((element) => getComputedStyle(element).borderTopStyle)).toBe("dashed");
});
