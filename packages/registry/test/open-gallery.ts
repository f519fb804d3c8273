import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Browser, BrowserContextOptions, Page } from "playwright";
import type { BrowserEngine } from "../../../tools/browsers/engines.ts";

declare module "vitest" {
	export interface ProvidedContext {
		/** That `engines.driven.test.ts` opens. */
		readonly engine: BrowserEngine;
	}
}

const folder = fileURLToPath(new URL("page", import.meta.url));
/** Fulfilled from memory; localhost is a secure context. */
const address = "http://localhost/";

let bundled: Promise<Map<string, Uint8Array>> | undefined;

/** The files of the page, by their paths. */
export async function bundle(): Promise<Map<string, Uint8Array>> {
	const { outputFiles } = await build({
		entryPoints: ["gallery.tsx"],
		absWorkingDir: folder,
		outdir: folder,
		bundle: true,
		format: "esm",
		target: "es2022",
		jsx: "automatic",
		// the components run on the sources of the client
		conditions: ["source"],
		loader: { ".woff2": "dataurl" },
		define: { "process.env.NODE_ENV": '"development"' },
		write: false,
	});
	return new Map(outputFiles.map(({ path, contents }) => [path.slice(folder.length), contents]));
}

/** The page with all components, whose uploads do what a test says. */
export const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Components</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/gallery.css"></head>
<body><main><h1>Components</h1><div id="root"></div></main><script type="module" src="/gallery.js"></script></body></html>`;

/**
 * Opens a page with all components, whose uploads do what a test says.
 *
 * @param browser chromium
 * @param options of the page; `query` follows its address
 */
export async function openGallery(
	browser: Browser,
	{ query = "", ...options }: BrowserContextOptions & { readonly query?: string } = {},
): Promise<Page> {
	bundled ??= bundle();
	const files = await bundled;
	const context = await browser.newContext({ reducedMotion: "reduce", ...options });
	const page = await context.newPage();
	page.setDefaultTimeout(240_000);
	await page.route(`${address}**`, async (route) => {
		const { pathname } = new URL(route.request().url());
		const body = files.get(pathname);
		const contentType = pathname.endsWith(".css") ? "text/css" : "text/javascript";
		if (body) await route.fulfill({ body: Buffer.from(body), contentType });
		else await route.fulfill({ body: html, contentType: "text/html" });
	});
	await page.goto(address + query);
	await page.getByRole("button", { name: "choose files" }).waitFor();
	return page;
}

/** The source of axe, to be evaluated in a page. */
export const readAxe = (): Promise<string> =>
	readFile(fileURLToPath(import.meta.resolve("axe-core")), "utf8");
