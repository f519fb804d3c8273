import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as buildByEsbuild } from "esbuild";
import { rollup } from "rollup";
import { build as buildByVite, createLogger } from "vite";
import webpack from "webpack";
import { metroPackages } from "./check-metro.mjs";
import { entryPoints, installPacked } from "./packed.mjs";

/** What an entry point runs on; every other one runs on Node. */
const platforms = {
	"@skyput/client": ["browser", "node", "react-native"],
	"@skyput/client/react": ["browser", "react-native"],
	"@skyput/client/react-native": ["react-native"],
	"@skyput/server/proof": ["browser", "node"],
};
/** Left out of the bundles, because their warnings are not ours: names, or beginnings of names with `*`. */
const external = [
	"@aws-sdk/*",
	"@aws-lambda-powertools/*",
	"@smithy/*",
	"@middy/*",
	"file-type",
	"react",
	"node:*",
];
const isExternal = (name) =>
	external.some((pattern) =>
		pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
	);

/** Each bundles one file for a platform and resolves with its warnings; throws when it cannot. */
const bundlers = {
	async esbuild(input, platform) {
		const options = { bundle: true, write: false, format: "esm", logLevel: "silent" };
		const { warnings } = await buildByEsbuild({
			...options,
			entryPoints: [input],
			platform,
			external,
		});
		return warnings.map(({ text }) => text);
	},
	async rollup(input, platform) {
		const warnings = [];
		const onLog = (level, { message }) => level === "warn" && warnings.push(message);
		const plugins = [nodeResolve({ exportConditions: [platform] })];
		const bundle = await rollup({ input, external: isExternal, plugins, onLog });
		await bundle.generate({ format: "es" });
		await bundle.close();
		return warnings;
	},
	async vite(input, platform) {
		const warnings = [];
		const warn = (message) => warnings.push(message);
		const rolldownOptions = { input, external: isExternal };
		await buildByVite({
			configFile: false,
			logLevel: "warn",
			customLogger: { ...createLogger("silent"), warn, warnOnce: warn },
			build: { write: false, minify: false, ssr: platform === "node", rolldownOptions },
			ssr: { noExternal: true },
		});
		return warnings;
	},
	async webpack(input, platform) {
		const stats = await promisify(webpack)({
			mode: "production",
			entry: input,
			target: platform === "node" ? "node" : "web",
			output: { path: join(input, "..", "webpack"), module: true, library: { type: "module" } },
			experiments: { outputModule: true },
			optimization: { minimize: false },
			performance: false,
			externals: ({ request }, done) =>
				isExternal(request) ? done(null, `module ${request}`) : done(),
		});
		const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
		return [...errors, ...warnings].map(({ message }) => message);
	},
};

/** A file that imports one public entry point. @typedef {{ entry: string, input: string, platforms: readonly string[] }} Bundled */

/**
 * Installs the tarballs, and makes a file for each public entry point. The packages stand beside `node_modules`,
 * as those of a workspace do: esbuild keeps quiet about what is in there.
 *
 * @param {string} folder where to put the project; made by this call
 * @param {Readonly<Record<string, string>>} tarballs by the package's name
 * @returns {Promise<readonly Bundled[]>}
 */
export async function prepareBundles(folder, tarballs) {
	await mkdir(join(folder, "src"), { recursive: true });
	const dependencies = { ...tarballs, ...metroPackages };
	await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies }));
	const babel = { presets: ["module:@react-native/babel-preset"] };
	await writeFile(join(folder, "babel.config.json"), JSON.stringify(babel));
	await installPacked(folder, tarballs);
	await rename(join(folder, "node_modules/@skyput"), join(folder, "packages"));
	await symlink(join(folder, "packages"), join(folder, "node_modules/@skyput"), "junction");

	const bundles = [];
	for (const name of Object.keys(tarballs)) {
		for (const entry of await entryPoints(folder, name)) {
			const input = join(folder, "src", `${entry.replaceAll(/\W/g, "-")}.mjs`);
			await writeFile(input, `import * as all from "${entry}";\nglobalThis.all = all;\n`);
			bundles.push({ entry, input, platforms: platforms[entry] ?? ["node"] });
		}
	}
	return bundles;
}

/**
 * Bundles each entry point for each of its platforms but React Native.
 *
 * @param {readonly Bundled[]} bundles
 * @throws {Error} that lists every warning of every bundler
 */
export async function checkBundlers(bundles) {
	const problems = [];
	for (const { entry, input, platforms } of bundles) {
		for (const platform of platforms.filter((name) => name !== "react-native")) {
			for (const [name, bundle] of Object.entries(bundlers)) {
				const warnings = await bundle(input, platform).catch(({ message }) => [message]);
				problems.push(...warnings.map((text) => `${name}, ${entry} for ${platform}: ${text}`));
			}
		}
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}
