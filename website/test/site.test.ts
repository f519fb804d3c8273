import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { errorCodes } from "../../packages/protocol/src/error-codes.ts";
import { defaultProblemTypeBase } from "../../packages/server/src/errors.ts";
import { findChromium } from "../../tools/find-chromium.ts";
import { codes, errorPages, fileOf, type NavigationGroup, navigation } from "../navigation.ts";
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

const addressesOf = ({ entries }: NavigationGroup): string[] =>
	entries.map(({ page }) => addressOf(pageOf(fileOf(page)) ?? ""));
const listed = [...navigation, errorPages].flatMap(addressesOf);
const get = (path: string): Promise<Response> => fetch(served.address + path);

test("the `type` of every problem is the address of a page about its code", async () => {
	for (const code of Object.keys(errorCodes)) {
		const type = new URL(defaultProblemTypeBase + code);
		expect([type.origin, type.hash]).toEqual(["https://skyput.dev", ""]);
		const page = await (await get(type.pathname)).text();
		expect(page).toContain(`<h1 id="${code}"`);
	}
});

test("every code that the client alone gives has its page", async () => {
	const sources = await readFile(join(site, "../packages/client/src/errors.ts"), "utf8");
	const [, list = ""] = /type ClientErrorCode =([^;]+);/.exec(sources) ?? [];
	const own = [...list.matchAll(/"([a-z-]+)"/g)].map(([, code]) => code);
	expect(codes).toEqual([...Object.keys(errorCodes), ...own]);
	for (const code of own) expect((await get(`/errors/${code}`)).status, code).toBe(200);
});

test("the same keyword has the same color in all code of a page", async () => {
	const page = await (await get("/start")).text();
	const styles = [...page.matchAll(/<span style="([^"]*)">import<\/span>/g)].map(
		([, style]) => style,
	);
	expect(styles.length).toBeGreaterThan(5);
	expect(new Set(styles).size).toBe(1);
});

test("every link of every page leads to a page, and to a heading of it", async () => {
	const reference = [
		...(await (await get("/reference/")).text()).matchAll(/href="(\/reference\/\w[^"#]*)"/g),
	];
	expect(reference.length).toBeGreaterThan(10);
	const addresses = ["/", ...listed, ...reference.map(([, address]) => address ?? "")];
	const texts = new Map<string, string | undefined>();
	const textOf = async (address: string): Promise<string | undefined> => {
		if (!texts.has(address)) {
			const page = await get(address);
			texts.set(address, page.ok ? await page.text() : undefined);
		}
		return texts.get(address);
	};
	const broken = new Set<string>();
	for (const address of addresses) {
		for (const [, to = ""] of ((await textOf(address)) ?? "").matchAll(
			/<a [^>]*href="([/#][^"]*)"/g,
		)) {
			const [path, anchor] = to.split("#");
			const text = await textOf(path || address);
			const has = anchor === undefined || text?.includes(` id="${decodeURIComponent(anchor)}"`);
			if (text === undefined || !has) broken.add(`${address}: ${to}`);
		}
	}
	expect([...broken]).toEqual([]);
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
	/** The rules of axe that depend on colors. */
	const colorRules = ["color-contrast", "link-in-text-block"];
	const found = { light: [] as string[], dark: [] as string[], wide: [] as string[] };

	// each page is loaded once: that takes longer than looking at it
	beforeAll(async () => {
		const page = await browser.newPage({ colorScheme: "light", reducedMotion: "reduce" });
		page.setDefaultTimeout(240_000);
		const violations = (rules?: readonly string[]): Promise<string[]> =>
			page.evaluate(async (rules) => {
				const { run } = (window as unknown as { axe: typeof axe }).axe;
				const { violations } = await run(rules ? { runOnly: [...rules] } : {});
				return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
			}, rules);
		for (const path of pages) {
			const at = (problems: readonly string[]): string[] =>
				problems.map((problem) => `${path}: ${problem}`);
			await page.goto(served.address + path);
			await page.evaluate(axe.source);
			found.light.push(...at(await violations()));
			await page.emulateMedia({ colorScheme: "dark" });
			await page.waitForSelector("html.dark");
			found.dark.push(...at(await violations(colorRules)));
			await page.setViewportSize({ width: 390, height: 844 });
			if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
				found.wide.push(path);
			await page.emulateMedia({ colorScheme: "light" });
			await page.setViewportSize({ width: 1280, height: 720 });
		}
	}, 600_000);

	/** Opens the home page until the test ends; before its scripts have run, its buttons do nothing. */
	async function openHome(): Promise<Page> {
		const page = await browser.newPage();
		onTestFinished(() => page.close());
		page.setDefaultTimeout(240_000);
		await page.goto(served.address);
		await page.waitForFunction(() => "__vue_app__" in (document.querySelector("#app") ?? {}));
		return page;
	}

	test.each(["light", "dark"] as const)("no page has an axe violation in %s", (scheme) => {
		expect(found[scheme]).toEqual([]);
	});

	test("no page is wider than a phone", () => {
		expect(found.wide).toEqual([]);
	});

	test.each([
		["resume", "/client#resume"],
		["cors", "/storage#cors-rule"],
		["progress", "/client#state-and-progress"],
		["max size", "/server#limit-size-type-and-number"],
		["download", "/server#download-and-delete"],
		["delete a file", "/server#download-and-delete"],
		["virus scan", "/steps#steps-file-types-archives-virus-scan"],
		["azure", "/azure#azure-blob-storage"],
		["cloudflare r2", "/storage#cloudflare-r2"],
		["retry", "/client#retries"],
		["authentication", "/principals#authentication"],
	])(
		"the search for %j lists the section that explains it before others",
		async (words, section) => {
			const page = await openHome();
			await page.getByRole("button", { name: "Search" }).click();
			await page.getByRole("searchbox").fill(words);
			await page.locator(`a.result[href="${section}"]`).waitFor();
			expect(await page.locator("a.result").first().getAttribute("href")).toBe(section);
		},
	);

	test("the home page shows a React component beside the server", async () => {
		const page = await openHome();
		await page.getByRole("tab", { name: "photos.tsx" }).click();
		await page.getByRole("tabpanel").getByText("useUpload").first().waitFor();
	});

	test("the search finds an error by its code", async () => {
		const page = await openHome();
		await page.getByRole("button", { name: "Search" }).click();
		await page.getByRole("searchbox").fill("checksum-mismatch");
		const result = page.getByRole("option").filter({ hasText: "checksum-mismatch" }).first();
		await result.click();
		await page.waitForURL(/\/errors\/checksum-mismatch/);
	});
});
