import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import { type Browser, chromium } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { errorCodes } from "../../packages/protocol/src/error-codes.ts";
import { defaultProblemTypeBase } from "../../packages/server/src/errors.ts";
import { findChromium } from "../../tools/find-chromium.ts";
import { fileOf, navigation } from "../navigation.ts";
import { serveSite } from "../serve-site.ts";
import { addressOf, pageOf } from "../site-paths.ts";

const site = join(import.meta.dirname, "..");
const executablePath = findChromium();

let served: Awaited<ReturnType<typeof serveSite>>;
beforeAll(async () => {
	const env = { ...process.env, NODE_ENV: "production" };
	await promisify(execFile)("pnpm", ["run", "build"], { cwd: site, env, maxBuffer: 2 ** 24 });
	served = await serveSite();
}, 600_000);
afterAll(() => served?.close());

const listed = navigation.flatMap(({ entries }) =>
	entries.map(({ page }) => addressOf(pageOf(fileOf(page)) ?? "")),
);
const get = (path: string): Promise<Response> => fetch(served.address + path);

test("the `type` of every problem leads to the paragraph of its code", async () => {
	const base = new URL(defaultProblemTypeBase);
	expect([base.origin, base.hash]).toEqual(["https://skyput.dev", ""]);
	const page = await (await get(base.pathname)).text();
	const missing = Object.keys(errorCodes).filter((code) => !page.includes(`<h3 id="${code}"`));
	expect(missing).toEqual([]);
});

test("every code that the client alone gives has its paragraph", async () => {
	const sources = await readFile(join(site, "../packages/client/src/errors.ts"), "utf8");
	const [, list = ""] = /type ClientErrorCode =([^;]+);/.exec(sources) ?? [];
	const codes = [...list.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
	expect(codes).toContain("file-changed");
	const page = await (await get("/errors")).text();
	expect(codes.filter((code) => !page.includes(`<h3 id="${code}"`))).toEqual([]);
});

test("llms.txt lists every page, and each of them is there as text", async () => {
	const list = await (await get("/llms.txt")).text();
	const links = [...list.matchAll(/\]\(https:\/\/skyput\.dev(\/\S+\.md)\)/g)].map(
		([, to]) => to ?? "",
	);
	expect(links).toEqual(
		expect.arrayContaining(listed.filter((to) => !to.endsWith("/")).map((to) => `${to}.md`)),
	);
	for (const link of links) expect((await get(link)).status, link).toBe(200);
	const all = await (await get("/llms-full.txt")).text();
	for (const page of listed) expect(all).toContain(`<!-- https://skyput.dev${page} -->`);
});

test("the reference names each entry point as users import it, and offers no file to edit", async () => {
	const manifest = await readFile(join(site, "../packages/server/package.json"), "utf8");
	const entries = Object.keys(JSON.parse(manifest).exports).filter(
		(path) => path !== "./package.json",
	);
	const index = await (await get("/reference/")).text();
	expect(index).toContain('<h1 id="api-reference"');
	for (const entry of entries) {
		const address = `/reference/server${entry.slice(1)}`;
		expect(index).toContain(`href="${address}"`);
		expect(await (await get(address)).text()).not.toContain("/edit/main/website");
	}
});

test("a page that does not exist answers 404", async () => {
	expect((await get("/nothing-here")).status).toBe(404);
});

describe.runIf(executablePath)("in Chromium", () => {
	let browser: Browser;
	beforeAll(async () => {
		browser = await chromium.launch({
			...(executablePath ? { executablePath } : {}),
			args: ["--no-sandbox", "--disable-gpu"],
		});
	});
	afterAll(() => browser?.close());

	const pages = ["/", ...listed, "/reference/", "/reference/client", "/reference/server/s3"];
	test.each(["light", "dark"] as const)(
		"no page has an axe violation in %s",
		async (colorScheme) => {
			const page = await browser.newPage({ colorScheme, reducedMotion: "reduce" });
			page.setDefaultTimeout(60_000);
			const found: string[] = [];
			for (const path of pages) {
				await page.goto(served.address + path);
				await page.evaluate(axe.source);
				const violations = await page.evaluate(async () => {
					const { violations } = await (window as unknown as { axe: typeof axe }).axe.run();
					return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
				});
				found.push(...violations.map((violation) => `${path}: ${violation}`));
			}
			expect(found).toEqual([]);
		},
		600_000,
	);

	test("no page is wider than a phone", async () => {
		const page = await browser.newPage({ viewport: { width: 390, height: 844 } });
		page.setDefaultTimeout(60_000);
		const wide: string[] = [];
		for (const path of pages) {
			await page.goto(served.address + path);
			if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
				wide.push(path);
		}
		expect(wide).toEqual([]);
	}, 600_000);

	test("the search finds an error by its code", async () => {
		const page = await browser.newPage();
		page.setDefaultTimeout(60_000);
		await page.goto(served.address);
		await page.getByRole("button", { name: "Search" }).click();
		await page.getByRole("searchbox").fill("checksum-mismatch");
		const result = page.getByRole("option").filter({ hasText: "checksum-mismatch" }).first();
		await result.click();
		await page.waitForURL(/\/errors#checksum-mismatch$/);
	});
});
