import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../errors.js";

export type PackageManager = "npm" | "pnpm" | "yarn" | "bun";

/** What is known of the user's project. */
export interface Project {
	readonly cwd: string;
	/** Names and ranges of its dependencies, of either kind. */
	readonly dependencies: Readonly<Record<string, string>>;
	/** Whether it has a package.json. */
	readonly hasManifest: boolean;
	readonly packageManager: PackageManager;
	/** The ending of relative imports where no bundler resolves them: as its tsconfig.json wants it. */
	readonly importEnding: ".ts" | ".js";
	/** Whether its own files are CommonJS in plain JavaScript, where `import` is a syntax error. */
	readonly usesRequire: boolean;
	/** Whether its package.json says "commonjs", with which Node runs no file that has `import`. */
	readonly forbidsImport: boolean;
	/** @param path - Relative to the project. */
	has(path: string): Promise<boolean>;
}

interface Manifest {
	readonly dependencies?: Readonly<Record<string, string>>;
	readonly devDependencies?: Readonly<Record<string, string>>;
	readonly type?: string;
}

const lockfiles: readonly (readonly [file: string, manager: PackageManager])[] = [
	["pnpm-lock.yaml", "pnpm"],
	["yarn.lock", "yarn"],
	["bun.lock", "bun"],
	["bun.lockb", "bun"],
	["package-lock.json", "npm"],
];

/** Reads the project in a folder, which may be empty. */
export async function readProject(
	cwd: string,
	env: Readonly<Record<string, string | undefined>>,
): Promise<Project> {
	const has = async (path: string): Promise<boolean> =>
		access(join(cwd, path)).then(
			() => true,
			() => false,
		);
	const manifest = await readText(join(cwd, "package.json"));
	const {
		dependencies = {},
		devDependencies = {},
		type,
	} = manifest === undefined ? {} : parseManifest(manifest);
	const tsconfig = await readText(join(cwd, "tsconfig.json"));
	// without settings, Node runs TypeScript itself
	const takesTs =
		tsconfig === undefined ||
		/"(allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(tsconfig);
	let packageManager = /^(npm|pnpm|yarn|bun)\//.exec(env["npm_config_user_agent"] ?? "")?.[1];
	for (const [file, manager] of lockfiles.toReversed()) {
		if (await has(file)) packageManager = manager;
	}
	return {
		cwd,
		dependencies: { ...devDependencies, ...dependencies },
		hasManifest: manifest !== undefined,
		packageManager: (packageManager ?? "npm") as PackageManager,
		importEnding: takesTs ? ".ts" : ".js",
		usesRequire: manifest !== undefined && tsconfig === undefined && type !== "module",
		forbidsImport: type === "commonjs",
		has,
	};
}

/** @throws CommandError `project-invalid` */
function parseManifest(text: string): Manifest {
	try {
		return { ...(JSON.parse(text) as Manifest) };
	} catch (cause) {
		throw new CommandError(
			"project-invalid",
			`package.json is not valid JSON: ${cause instanceof Error ? cause.message : String(cause)}. Correct it, then run the command again.`,
			{ cause },
		);
	}
}

async function readText(file: string): Promise<string | undefined> {
	return readFile(file, "utf8").catch(() => undefined);
}
