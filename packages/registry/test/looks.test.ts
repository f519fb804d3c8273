import type { Locator } from "playwright";
import { expect, it } from "vitest";
import {
	choose,
	createGalleryOpener,
	fail,
	focused,
	row,
	set,
	showStates,
} from "./drive-gallery.ts";

const open = createGalleryOpener();

/** The box of an element that is in the page. */
async function boxOf(element: Locator) {
	const box = await element.boundingBox();
	if (!box) throw new Error("The element has no box.");
	return { left: box.x, right: box.x + box.width, top: box.y, bottom: box.y + box.height };
}

it.each([
	["ltr", "left"],
	["rtl", "right"],
] as const)(
	"starts names beside their picture in a page that is read %s, whichever way they are read",
	async (dir, side) => {
		const page = await open();
		await page.evaluate((dir) => document.documentElement.setAttribute("dir", dir), dir);
		for (const name of ["film.mp4", "צילום.mp4"]) {
			await choose(page, name);
			const [words, about] = await Promise.all([
				boxOf(row(page, name).locator(".sk-row-name bdi")),
				boxOf(row(page, name).locator(".sk-row-about")),
			]);
			expect(words[side]).toBeCloseTo(about[side], 0);
		}
	},
);

it("starts the words of a row beside its picture in a page that centers text", async () => {
	const page = await open();
	await page.evaluate(() => document.body.style.setProperty("text-align", "center"));
	await choose(page, "film.mp4");
	for (const words of [".sk-row-state bdi", ".sk-list-total"]) {
		const text = page.locator("#drop-zone-and-file-list").locator(words).first();
		expect(await text.evaluate((element) => getComputedStyle(element).textAlign)).toBe("start");
	}
	const [words, about] = await Promise.all([
		boxOf(row(page, "film.mp4").locator(".sk-row-state bdi")),
		boxOf(row(page, "film.mp4").locator(".sk-row-about")),
	]);
	expect(words.left - about.left).toBeLessThan(30); // room for an icon
	const hint = page.locator(".sk-avatar-about .sk-hint");
	expect(await hint.evaluate((element) => getComputedStyle(element).textAlign)).toBe("start");
});

it("keeps the icon of a row in the line of its words in a page with Tailwind", async () => {
	const page = await open();
	// of Tailwind's preflight
	await page.addStyleTag({
		content: `@layer base {
			*, ::before, ::after { margin: 0; padding: 0; border: 0 solid }
			img, svg, video { display: block; vertical-align: middle }
		}`,
	});
	await choose(page, "film.mp4");
	await fail(page, "film.mp4", "forbidden");
	const state = row(page, "film.mp4").locator(".sk-row-state");
	await state.locator(".sk-icon").waitFor();
	const [icon, words] = await Promise.all([
		boxOf(state.locator(".sk-icon")),
		boxOf(state.locator("bdi")),
	]);
	expect(icon.right).toBeLessThanOrEqual(words.left);
	expect(icon.bottom).toBeGreaterThan(words.top);
});

it("reads sentences in the direction of their own language", async () => {
	const page = await open();
	await page.evaluate(() => document.documentElement.setAttribute("dir", "rtl"));
	await choose(page, "film.mp4");
	await set(page, "film.mp4", { loaded: 42, bytesPerSecond: 10, secondsLeft: 170 });
	const words = row(page, "film.mp4").locator(".sk-row-state bdi");
	await expect.poll(() => words.textContent()).toBe("42% · 10 bytes/s · 3 min left");
	/** Pixels from the left of the first and the last character. */
	const [first, last] = await words.evaluate(({ firstChild }) => {
		const text = firstChild as Text;
		return [0, text.length - 1].map((start) => {
			const range = document.createRange();
			range.setStart(text, start);
			range.setEnd(text, start + 1);
			return range.getBoundingClientRect().left;
		});
	});
	expect(first).toBeLessThan(last ?? 0);
});

it("gives the words of a row the width of its buttons at 320 pixels, where the page does not scroll sideways", async () => {
	const page = await open({ viewport: { width: 320, height: 800 } });
	await showStates(page);
	for (const name of ["moving.mp4", "late.mp4", "taken.mp4"]) {
		const [words, actions] = await Promise.all([
			boxOf(row(page, name).locator(".sk-row-state")),
			boxOf(row(page, name).locator(".sk-row-actions")),
		]);
		expect(words.right).toBeGreaterThan(actions.left + 20);
	}
	expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
});

it("shows where the keyboard is by a ring of 2 pixels", async () => {
	const page = await open();
	await choose(page, "a.mp4", "b.mp4");
	await fail(page, "b.mp4", "network");
	const last = "choose a folder";
	let name = "";
	while (name !== last) {
		await page.keyboard.press("Tab");
		name = (await focused(page)) ?? "";
		const outline = await page.evaluate(() => {
			const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement as Element);
			return `${outlineStyle} ${outlineWidth}`;
		});
		expect([name, outline]).toEqual([name, "solid 2px"]);
	}
});

it.each(["light", "dark"] as const)(
	"sets the zone's border and each bar off from their ground 3 to 1, %s",
	async (colorScheme) => {
		const page = await open({ colorScheme });
		await showStates(page);
		const ratios = await page.evaluate(() => {
			const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
			/** The relative luminance that WCAG 2 defines. */
			const luminance = (color: string): number => {
				if (!pen) return 0;
				pen.fillStyle = color;
				pen.fillRect(0, 0, 1, 1);
				const [red = 0, green = 0, blue = 0] = Array.from(
					pen.getImageData(0, 0, 1, 1).data,
					(byte) => (byte <= 10 ? byte / 3294.6 : ((byte / 255 + 0.055) / 1.055) ** 2.4),
				);
				return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
			};
			const ratio = (...colors: readonly [string, string]): number => {
				const [dark = 0, light = 0] = colors.map(luminance).sort((a, b) => a - b);
				return (light + 0.05) / (dark + 0.05);
			};
			const styleOf = (element: Element | null | undefined) => getComputedStyle(element as Element);
			const zone = styleOf(document.querySelector(".sk-zone"));
			const bars = Array.from(document.querySelectorAll(".sk-row .sk-bar"), (bar) => [
				bar.closest(".sk-row")?.getAttribute("data-state") ?? "",
				ratio(styleOf(bar.firstElementChild).backgroundColor, styleOf(bar).backgroundColor),
			]);
			return Object.fromEntries([
				["zone", ratio(zone.borderTopColor, zone.backgroundColor)],
				...bars,
			]) as Record<string, number>;
		});
		expect(Object.keys(ratios)).toEqual(
			expect.arrayContaining(["zone", "uploading", "retrying", "offline", "paused", "needs-file"]),
		);
		expect(Object.entries(ratios).filter(([, ratio]) => ratio < 3)).toEqual([]);
	},
);

it("fills bars with the system’s color in forced colors, in every state", async () => {
	const page = await open({ forcedColors: "active" });
	await showStates(page);
	const colors = await page
		.locator(".sk-bar span")
		.evaluateAll((fills) => fills.map((fill) => getComputedStyle(fill).backgroundColor));
	expect(colors.length).toBeGreaterThan(4);
	expect(new Set(colors).size).toBe(1);
});
