import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { onTestFinished } from "vitest";
import { bundlePage } from "../../../examples/local/bundle-page.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * Bundles the command from the sources, as the package's build does, into a folder below this package, where
 * its dependencies are found.
 *
 * @returns the path of its main file, and a function that removes it
 */
export async function buildCommand(): Promise<{ main: string; remove(): Promise<void> }> {
	const parent = join(root, "node_modules/.cache");
	await mkdir(parent, { recursive: true });
	const folder = await mkdtemp(join(parent, "command-"));
	await build({
		entryPoints: [join(root, "src/main.ts")],
		outdir: folder,
		outExtension: { ".js": ".mjs" },
		bundle: true,
		splitting: true,
		format: "esm",
		platform: "node",
		target: "node22",
		conditions: ["source"],
		// the SDK of AWS, whose other files export nothing by name
		mainFields: ["module", "main"],
		external: ["commander", "jiti", "mrmime", "@clack/prompts"],
		// what CommonJS packages inside of the bundle call
		banner: {
			js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
		},
		logLevel: "error",
	});
	await mkdir(join(folder, "page"));
	for (const [path, content] of await bundlePage({ conditions: ["source"] })) {
		await writeFile(join(folder, "page", path), content);
	}
	return { main: join(folder, "main.mjs"), remove: () => rm(folder, { recursive: true }) };
}

export interface RunningCommand {
	readonly child: ChildProcess;
	/** All of stdout and stderr so far. */
	readonly text: () => string;
	/** Resolves with the exit code, or the name of the signal that killed it. */
	readonly ended: Promise<number | string>;
	/** Resolves when stdout or stderr matches; rejects when the command ends before. */
	prints(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a command of {@link buildCommand}; it is killed when the test ends. */
export function startCommand(
	main: string,
	words: readonly string[],
	options: {
		readonly cwd: string;
		readonly env?: Readonly<Record<string, string>>;
		/** The program that runs it. @default the one that runs the tests */
		readonly node?: string;
	},
): RunningCommand {
	const child = spawn(options.node ?? process.execPath, [main, ...words], {
		cwd: options.cwd,
		env: { PATH: process.env["PATH"], ...options.env },
		stdio: ["ignore", "pipe", "pipe"],
	});
	onTestFinished(async () => {
		// it removes what it has made
		child.kill("SIGTERM");
		await ended;
	});
	let text = "";
	let changed = Promise.withResolvers<void>();
	const append = (chunk: Buffer): void => {
		text += chunk.toString();
		changed.resolve();
		changed = Promise.withResolvers();
	};
	child.stdout.on("data", append);
	child.stderr.on("data", append);
	const ended = once(child, "close").then(([code, signal]) => (code ?? signal) as number | string);
	return {
		child,
		text: () => text,
		ended,
		async prints(pattern) {
			for (;;) {
				const match = pattern.exec(text);
				if (match) return match;
				const exit = await Promise.race([changed.promise.then(() => null), ended]);
				if (exit !== null && !pattern.test(text)) {
					throw new Error(`The command ended with ${exit} and never printed ${pattern}:\n${text}`);
				}
			}
		},
	};
}
