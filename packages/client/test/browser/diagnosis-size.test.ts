import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";
import { expect, test } from "vitest";

/** The modules that name the cause of a failure, and what stands for each without it. */
const modules: Readonly<Record<string, string>> = {
	"browser/diagnosis.ts": `
		export const watchPolicy = () => {};
		export const nameWorker = () => {};
		export const checkMixedContent = async () => {};
		export const diagnose = async () => ["retry", new Error()];`,
	"http/advice.ts": `
		export const advise = () => ["internal", ""];
		export const adviseRouting = () => undefined;`,
	"upload/check-operations.ts": `
		export const checkWhileSending = (upload, _plan, send) => send(upload);`,
};

/** Gzipped bytes of what a page loads before its first upload. */
async function staticSize(replaced: readonly string[]): Promise<number> {
	const loaded: string[] = [];
	const replace: Plugin = {
		name: "replace",
		setup({ onLoad }) {
			onLoad({ filter: /\/client\/src\// }, ({ path }) => {
				const module = replaced.find((name) => path.endsWith(`/client/src/${name}`));
				if (module === undefined) return undefined;
				loaded.push(module);
				return { contents: modules[module] ?? "", loader: "ts" };
			});
		},
	};
	const { metafile, outputFiles } = await build({
		stdin: {
			contents: 'export { createClient } from "../../src/browser/index.ts";',
			resolveDir: import.meta.dirname,
		},
		bundle: true,
		minify: true,
		splitting: true,
		format: "esm",
		target: "es2023",
		conditions: ["source"],
		outdir: "out",
		metafile: true,
		write: false,
		plugins: [replace],
	});
	expect(loaded.toSorted()).toEqual(replaced.toSorted());
	const chunks = new Set<string>();
	const visit = (name: string): void => {
		if (chunks.has(name)) return;
		chunks.add(name);
		const imports = metafile.outputs[name]?.imports ?? [];
		for (const { path, kind } of imports) if (kind === "import-statement") visit(path);
	};
	for (const [name, { entryPoint }] of Object.entries(metafile.outputs)) {
		if (entryPoint === "<stdin>") visit(name);
	}
	const texts = [...chunks].map((name) => outputFiles.find(({ path }) => path.endsWith(name)));
	expect(texts).not.toContain(undefined);
	return gzipSync(Buffer.concat(texts.map((file) => file?.contents ?? new Uint8Array()))).length;
}

test("what names the cause of a failure is loaded before the first upload, in at most 2,000 bytes", async () => {
	const without = await staticSize(Object.keys(modules));
	const size = (await staticSize([])) - without;
	expect(size).toBeGreaterThan(1_000);
	expect(size).toBeLessThanOrEqual(2_000);
});
