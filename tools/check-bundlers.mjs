import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build as buildByEsbuild } from "esbuild";
import { rollup } from "rollup";
import { build as buildByVite, createLogger } from "vite";
import webpack from "webpack";
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

/** The bundler of React Native with its settings, installed beside the tarballs: nothing else needs it. */
const metroPackages = {
	"@babel/core": "^7.29.0",
	"@react-native/babel-preset": "0.88.1",
	"@react-native/metro-babel-transformer": "0.88.1",
	metro: "0.87.1",
	react: "^19.2.0",
};

/** Names, headers and error codes of clouds: the server tells the client what a response means. */
const clouds = new RegExp(
	`\\b(${[
		"aws|amazon\\w*|s3|ceph|minio|azure|gcs|google\\w*|x-(?:amz|goog|ms)-[\\w-]*",
		"NoSuchUpload|NoSuchKey|NoSuchBucket|AccessDenied|SignatureDoesNotMatch|PreconditionFailed|SlowDown",
		"BadDigest|IncompleteBody|RequestTimeout|RequestTimeTooSkewed|ExpiredToken|RequestExpired",
		"XAmzContentChecksumMismatch|Md5Mismatch|BlobAlreadyExists|AuthenticationFailed|InvalidBlockList",
	].join("|")})\\b`,
	"gi",
);

const cloudsIn = (code) =>
	[...new Set(code.match(clouds))].map((name) => `the client knows a cloud: ${name}`);

/** Bundles one file as an app of React Native does, and resolves with no warnings: Metro has none. */
async function buildByMetro(input) {
	const projectRoot = dirname(dirname(input));
	const require = createRequire(input);
	const { loadConfig, runBuild } = require("metro");
	const config = await loadConfig(
		{ cwd: projectRoot },
		{
			projectRoot,
			maxWorkers: 1,
			resetCache: true,
			reporter: { update() {} },
			resolver: { platforms: ["ios"], unstable_conditionNames: ["react-native"] },
			transformer: {
				babelTransformerPath: require.resolve("@react-native/metro-babel-transformer"),
			},
		},
	);
	const { code } = await runBuild(config, {
		entry: input,
		platform: "ios",
		dev: false,
		minify: false,
	});
	// of the build for browsers, which would find no IndexedDB on a phone
	return code.includes("indexedDB") ? ["the bundle has the build for browsers"] : [];
}

/** Each bundles one file for a platform and resolves with its warnings; throws when it cannot. */
const bundlers = {
	async esbuild(input, platform) {
		const options = { bundle: true, write: false, format: "esm", logLevel: "silent" };
		const { warnings, outputFiles } = await buildByEsbuild({
			...options,
			entryPoints: [input],
			platform,
			external,
		});
		const known = basename(input).includes("skyput-client") ? cloudsIn(outputFiles[0].text) : [];
		return [...warnings.map(({ text }) => text), ...known];
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

/**
 * Installs the tarballs, and there bundles a file that imports each public entry point. The packages
 * stand beside `node_modules`, as those of a workspace do: esbuild keeps quiet about what is in there.
 *
 * @param {string} folder where to put the project; made by this call
 * @param {Readonly<Record<string, string>>} tarballs by the package's name
 * @throws {Error} that lists every warning of every bundler
 */
export async function checkBundlers(folder, tarballs) {
	await mkdir(join(folder, "src"), { recursive: true });
	const dependencies = { ...tarballs, ...metroPackages };
	await writeFile(join(folder, "package.json"), JSON.stringify({ dependencies }));
	const babel = { presets: ["module:@react-native/babel-preset"] };
	await writeFile(join(folder, "babel.config.json"), JSON.stringify(babel));
	await installPacked(folder, tarballs);
	await rename(join(folder, "node_modules/@skyput"), join(folder, "packages"));
	await symlink(join(folder, "packages"), join(folder, "node_modules/@skyput"), "junction");

	const problems = [];
	for (const name of Object.keys(tarballs)) {
		for (const entry of await entryPoints(folder, name)) {
			const input = join(folder, "src", `${entry.replaceAll(/\W/g, "-")}.mjs`);
			await writeFile(input, `import * as all from "${entry}";\nglobalThis.all = all;\n`);
			problems.push(...(await warningsOf(entry, input)));
		}
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}

async function warningsOf(entry, input) {
	const problems = [];
	for (const platform of platforms[entry] ?? ["node"]) {
		const own = platform === "react-native" ? { metro: buildByMetro } : bundlers;
		for (const [name, bundle] of Object.entries(own)) {
			const warnings = await bundle(input, platform).catch(({ message }) => [message]);
			problems.push(...warnings.map((text) => `${name}, ${entry} for ${platform}: ${text}`));
		}
	}
	return problems;
}
