import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("page", import.meta.url));

/**
 * Bundles the page: script, style, fonts and HTML by path, with React, the components and the client bundled in.
 *
 * @param {{ conditions?: string[], minify?: boolean }} options `conditions` of the packages' `exports` to
 *   bundle by
 * @returns {Promise<ReadonlyMap<string, Uint8Array>>}
 */
export async function bundlePage({ conditions = [], minify = false } = {}) {
	const { outputFiles } = await build({
		entryPoints: ["main.tsx"],
		absWorkingDir: folder,
		outdir: folder,
		bundle: true,
		format: "esm",
		target: "es2022",
		jsx: "automatic",
		loader: { ".woff2": "file" },
		define: { "process.env.NODE_ENV": '"production"' },
		conditions,
		minify,
		write: false,
	});
	const built = outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]);
	return new Map([...built, ["/index.html", await readFile(`${folder}/index.html`)]]);
}
