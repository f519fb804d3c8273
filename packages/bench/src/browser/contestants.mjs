import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const mebibyte = 1024 * 1024;

/**
 * @typedef {object} Contestant
 * @property {string} page its module in `pages`
 * @property {number} partSize in bytes
 * @property {object} settings for its page
 */

/**
 * The peer first: what the others are compared with. Each as it comes, but for what its name says.
 *
 * @type {Readonly<Record<string, Contestant>>}
 */
export const contestants = {
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
};

/** Those who were not given other parts than they choose. */
export const asTheyCome = Object.keys(contestants).filter((name) => !name.includes("parts of"));

/** better-upload's module has a React hook besides; nobody here calls it, and nobody pays for it. */
const withoutReact = {
	name: "without React",
	setup({ onResolve }) {
		onResolve({ filter: /^react$/ }, () => ({ path: "react", external: true, sideEffects: false }));
	},
};

/**
 * A module of `pages` with all that it imports, as a bundler would give it to users: what is imported
 * on demand in files of its own.
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
