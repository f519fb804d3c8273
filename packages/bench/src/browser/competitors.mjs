import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const mebibyte = 1024 * 1024;

/**
 * @typedef {object} Competitor
 * @property {string} page its module in `pages`
 * @property {number} partSize in bytes
 * @property {object} settings for its page
 */

/**
 * The first is the baseline. All use their defaults, except for what their names say.
 *
 * @type {Readonly<Record<string, Competitor>>}
 */
export const competitors = {
	Uppy: { page: "uppy", partSize: 5 * mebibyte, settings: {} },
	"Uppy, parts of 16 MiB": {
		page: "uppy",
		partSize: 16 * mebibyte,
		settings: { partSize: 16 * mebibyte },
	},
	"better-upload": { page: "better-upload", partSize: 50 * mebibyte, settings: {} },
	"skyput, checksum: false": {
		page: "skyput",
		partSize: 16 * mebibyte,
		settings: { checksum: false },
	},
	"skyput, checksum: true": {
		page: "skyput",
		partSize: 16 * mebibyte,
		settings: { checksum: true },
	},
	"skyput, parts of 50 MiB": {
		page: "skyput",
		partSize: 50 * mebibyte,
		settings: { checksum: false, key: "parts-of-50-MiB.bin" },
	},
};

/** Those of the benchmark of host names, the first of which is its baseline. */
export const withHosts = {
	"better-upload": competitors["better-upload"],
	"skyput, one host name": competitors["skyput, checksum: false"],
	"skyput, two host names": {
		...competitors["skyput, checksum: false"],
		settings: { checksum: false, key: "two-names.bin" },
	},
};

/** The competitors with their default part size. */
export const withDefaults = Object.keys(competitors).filter((name) => !name.includes("parts of"));

/** Leaves React out of better-upload's bundle: its module also exports a hook. */
const withoutReact = {
	name: "without React",
	setup({ onResolve }) {
		onResolve({ filter: /^react$/ }, () => ({ path: "react", external: true, sideEffects: false }));
	},
};

/**
 * Bundles a module of `pages` as a user would, with code splitting.
 *
 * @param {string} page
 * @returns {Promise<ReadonlyMap<string, Uint8Array>>} by path; that of its own script is `/PAGE.js`
 */
export async function bundle(page) {
	const { outputFiles } = await build({
		entryPoints: [fileURLToPath(new URL(`./pages/${page}.mjs`, import.meta.url))],
		bundle: true,
		minify: true,
		splitting: true,
		format: "esm",
		target: "es2022",
		define: { "process.env.NODE_ENV": '"production"' },
		plugins: [withoutReact],
		outdir: "/",
		write: false,
	});
	return new Map(outputFiles.map(({ path, contents }) => [path, contents]));
}
