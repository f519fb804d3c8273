import { createRequire } from "node:module";
import { dirname } from "node:path";

/** The bundler of React Native with its settings, installed beside the tarballs: nothing else needs it. */
export const metroPackages = {
	"@babel/core": "^7.29.0",
	"@react-native/babel-preset": "0.88.1",
	"@react-native/metro-babel-transformer": "0.88.1",
	metro: "0.87.1",
	react: "^19.2.0",
};

/** Bundles one file as an app of React Native does. @returns its code */
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
	return code;
}

/**
 * Bundles the entry points for React Native: Metro must resolve them to the build that phones can run.
 *
 * @param {readonly import("./check-bundlers.mjs").Bundled[]} bundles
 * @throws {Error} that names each entry point that Metro cannot bundle, or takes from the build for browsers
 */
export async function checkMetro(bundles) {
	const problems = [];
	for (const { entry, input, platforms } of bundles) {
		if (!platforms.includes("react-native")) continue;
		const code = await buildByMetro(input).catch((error) => error);
		if (code instanceof Error) problems.push(`${entry}: ${code.message}`);
		// which no phone has
		else if (code.includes("indexedDB"))
			problems.push(`${entry} is taken from the build for browsers`);
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}
