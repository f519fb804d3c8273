import { expect, it } from "vitest";
import { choose, complete, createGalleryOpener, fail, focused } from "./drive-gallery.ts";

const open = createGalleryOpener();

it("tries all files again that failed for a reason that may pass", async () => {
	const page = await open();
	await choose(page, "a.mp4", "b.mp4", "c.mp4", "d.mp4");
	await fail(page, "a.mp4", "network");
	await fail(page, "b.mp4", "forbidden");
	await fail(page, "c.mp4", "already-exists");
	const again = page.getByRole("button", { name: "Try all again" });
	await complete(page, "d.mp4");
	await page.getByRole("button", { name: "Clear" }).waitFor();
	// its row has the same button
	expect(await again.count()).toBe(0);
	await choose(page, "e.mp4");
	await fail(page, "e.mp4", "unauthenticated");
	await again.click();
	const begun = () => page.evaluate(() => window.uploads.begun.slice(5).map(([name]) => name));
	await expect.poll(begun).toEqual(["a.mp4", "e.mp4"]);
	await expect.poll(() => focused(page)).toMatch(/^1 of 5/);
});

it("says below the button how the uploads ended, and tries again what failed", async () => {
	const page = await open();
	const card = page.locator("#upload-button");
	await page.evaluate(() =>
		window.lists
			.get("button")
			?.add(["a.pdf", "b.pdf", "c.pdf"].map((name) => new File(["x"], name))),
	);
	await expect.poll(() => page.evaluate(() => window.uploads.begun.length)).toBe(3);
	await complete(page, "a.pdf");
	await fail(page, "b.pdf", "unauthenticated");
	await fail(page, "c.pdf", "unauthenticated");
	const alert = card.getByRole("alert");
	await expect.poll(() => alert.textContent()).toBe("2 files weren’t uploaded. Sign in to upload.");
	await card.getByRole("button", { name: "Try again" }).click();
	await expect.poll(() => alert.textContent()).toBe("");
	// the button is gone, so another one takes the focus
	await expect.poll(() => focused(page)).toMatch(/Upload invoices/);
	await expect.poll(() => page.evaluate(() => window.uploads.begun.length)).toBe(5);
	await complete(page, "b.pdf");
	await fail(page, "c.pdf", "forbidden");
	await expect.poll(() => alert.textContent()).toBe("c.pdf: You can’t upload here.");
	expect(await card.getByRole("button", { name: "Try again" }).count()).toBe(0);
	// a newer rejection is told first
	await page.evaluate(
		() =>
			void window.lists.get("button")?.add([new File([new Uint8Array(2_000_000)], "large.pdf")]),
	);
	await expect.poll(() => alert.textContent()).toMatch(/^large\.pdf/);
	await card.getByRole("button", { name: "Clear" }).click();
	await expect.poll(() => alert.textContent()).toBe("");
});

it("tries a picture of a person again", async () => {
	const page = await open();
	await page.evaluate(() =>
		window.lists.get("avatar")?.add([new File(["x"], "me.png", { type: "image/png" })]),
	);
	await expect.poll(() => page.evaluate(() => window.uploads.begun.length)).toBe(1);
	await fail(page, "me.png", "network");
	await page.getByRole("button", { name: "Try again: me.png" }).click();
	await page.getByRole("progressbar", { name: "me.png" }).waitFor();
	await expect.poll(() => focused(page)).toMatch(/Choose a picture/);
});
