import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openBrowser } from "../../../tools/browsers/open-browser.ts";

/**
 * Starts a browser and a server of the page that uploads; both end when the signal aborts.
 *
 * @param {import("../../../tools/browsers/engines.ts").BrowserEngine} engine
 * @param {AbortSignal} signal
 */
export async function startBrowser(engine, signal) {
	signal.throwIfAborted();
	const site = await servePage();
	const browser = await openBrowser(engine);
	const close = async () => {
		signal.removeEventListener("abort", close);
		site.close();
		await browser.close();
	};
	signal.addEventListener("abort", close);
	return { openPage: () => browser.openPage(site.url), close };
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
