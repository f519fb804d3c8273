import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium } from "playwright";
import { findChromium } from "../../../tools/find-chromium.ts";

/**
 * Starts Chromium and a server of the page that uploads; both end when the signal aborts.
 *
 * @param {AbortSignal} signal
 */
export async function startBrowser(signal) {
	signal.throwIfAborted();
	const site = await servePage();
	const browser = await chromium.launch({
		executablePath: findChromium(),
		args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
		handleSIGINT: false,
		handleSIGTERM: false,
	});
	const close = async () => {
		signal.removeEventListener("abort", close);
		site.close();
		await browser.close();
	};
	signal.addEventListener("abort", close);
	return {
		/** Opens the page in a window of its own: pages in the background are throttled. */
		async openPage() {
			const page = await browser.newPage();
			await page.goto(site.url);
			return page;
		},
		close,
	};
}

/** Serves a page with a file input and the script of `pages/upload.mjs`, as a bundler would give it to users. */
async function servePage() {
	const { outputFiles } = await build({
		entryPoints: [fileURLToPath(new URL("./pages/upload.mjs", import.meta.url))],
		bundle: true,
		minify: true,
		// what the client loads on demand stays in files of its own
		splitting: true,
		format: "esm",
		target: "es2022",
		outdir: "/",
		write: false,
	});
	const html =
		'<!doctype html><link rel="icon" href="data:,"><input type="file" id="file"><script type="module" src="/upload.js"></script>';
	const scripts = new Map(outputFiles.map(({ path, contents }) => [path, contents]));
	const server = createServer((request, response) => {
		const content = request.url === "/" ? html : scripts.get(request.url);
		if (content === undefined) return response.writeHead(404).end();
		response.setHeader("content-type", request.url === "/" ? "text/html" : "text/javascript");
		response.end(content);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/`,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}
