import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entry = fileURLToPath(new URL("src/node/workers/worker.ts", import.meta.url));
/** The module that is replaced. */
const place = /[\\/]src[\\/]node[\\/]workers[\\/]code\.ts$/;

/** What `code.ts` is to hold, and the files that it was made of. */
async function inlined(): Promise<{
	readonly contents: string;
	readonly files: readonly string[];
}> {
	const { outputFiles, metafile } = await build({
		entryPoints: [entry],
		bundle: true,
		// a worker that is given a script instead of a file runs it as CommonJS
		format: "cjs",
		platform: "node",
		target: "node22.12",
		conditions: ["source"],
		minify: true,
		write: false,
		metafile: true,
	});
	const [script] = outputFiles;
	return {
		contents: `export const workerCode = ${JSON.stringify(script?.text)};`,
		files: Object.keys(metafile.inputs).map((file) => resolve(file)),
	};
}

/** For tsup. */
export const inlineWorkerInBuild = {
	name: "inline-worker",
	setup(host: {
		onLoad(
			options: { readonly filter: RegExp },
			load: () => Promise<{ readonly contents: string }>,
		): void;
	}): void {
		host.onLoad({ filter: place }, async () => ({ contents: (await inlined()).contents }));
	},
};

/** For Vitest. */
export const inlineWorkerInTests = {
	name: "inline-worker",
	// what is loaded changes with files that Vitest's cache does not know of
	configureVitest(vitest: {
		defineCacheKeyGenerator(of: (module: { readonly id: string }) => false | undefined): void;
	}): void {
		vitest.defineCacheKeyGenerator(({ id }) => (place.test(id) ? false : undefined));
	},
	async load(this: { addWatchFile(path: string): void }, id: string): Promise<string | undefined> {
		if (!place.test(id)) return undefined;
		const { contents, files } = await inlined();
		for (const file of files) this.addWatchFile(file);
		return contents;
	},
};
