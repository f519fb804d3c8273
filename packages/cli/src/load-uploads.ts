import { access } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Uploads } from "@skyput/server";
import { createJiti } from "jiti";
import { CommandError } from "./errors.js";

/** Where the table is looked for, in this order, with each extension. */
const places = [
	"uploads",
	"src/uploads",
	"server/uploads",
	"src/server/uploads",
	"app/uploads",
	"lib/uploads",
	"src/lib/uploads",
	"src/lib/server/uploads",
];
const extensions = ["ts", "mts", "js", "mjs"];

/** The user's table, and where it came from. */
export interface LoadedUploads {
	readonly uploads: Uploads;
	/** Absolute. */
	readonly file: string;
}

/** The absolute paths at which the table is looked for, in this order. */
export const candidateFiles = (cwd: string): string[] =>
	places.flatMap((place) => extensions.map((extension) => join(cwd, `${place}.${extension}`)));

/**
 * Finds the file that exports the table of uploads.
 *
 * @param cwd - The user's project.
 * @returns Its absolute path; undefined where there is none.
 */
export async function findUploadsFile(cwd: string): Promise<string | undefined> {
	for (const file of candidateFiles(cwd)) if (await exists(file)) return file;
	return undefined;
}

/**
 * Loads the table that a file exports as `uploads`, or by default. TypeScript, the paths of a tsconfig.json
 * and top-level await work. Each call reads the file and what it imports anew, except for packages.
 *
 * @param cwd - The user's project.
 * @param path - The file, relative to `cwd`; without it the usual places are tried.
 * @param onFile - Called with the path of every file of the project that is read, also where loading fails.
 * @returns The table and the absolute path of its file.
 * @throws CommandError `uploads-not-found` or `uploads-invalid`.
 */
export async function loadUploads(
	cwd: string,
	path?: string,
	onFile: (file: string) => void = () => {},
): Promise<LoadedUploads> {
	const file = path === undefined ? await findUploadsFile(cwd) : resolve(cwd, path);
	if (file === undefined || !(await exists(file))) throw notFound(cwd, file);
	const name = relative(cwd, file);
	const module = await importFile(file, onFile).catch((cause: unknown) => {
		const message = cause instanceof Error ? cause.message : String(cause);
		throw new CommandError("uploads-invalid", `${name} cannot be loaded: ${message}`, { cause });
	});
	const uploads = module["uploads"] ?? module["default"];
	if (isUploads(uploads)) return { uploads, file };
	throw new CommandError(
		"uploads-invalid",
		`${name} exports no table of uploads, only ${Object.keys(module).join(", ") || "nothing"}. Export one as \`uploads\`: export const uploads = defineUploads({ … })`,
	);
}

/** Makes the table of a source text, which exports it as `uploads` and imports `@skyput/server` alone. */
export async function evaluateUploads(source: string): Promise<Uploads> {
	const jiti = createJiti(import.meta.url, await jitiOptions());
	const filename = join(import.meta.dirname, "uploads.ts");
	const module = await jiti.evalModule(source, { filename, async: true });
	return (module as { readonly uploads: Uploads }).uploads;
}

/**
 * `@skyput/server` is always the one of this command: its errors and rules are then ours, and a project that has
 * not installed it yet works too.
 */
async function jitiOptions() {
	const virtualModules = { "@skyput/server": await import("@skyput/server") };
	return { moduleCache: false, fsCache: false, interopDefault: false, virtualModules };
}

/** Transpiles the file and what it imports of the project. */
async function importFile(
	file: string,
	onFile: (file: string) => void,
): Promise<Readonly<Record<string, unknown>>> {
	const options = await jitiOptions();
	const { transform } = createJiti(file, options);
	const jiti = createJiti(file, {
		...options,
		tsconfigPaths: true,
		transform(source) {
			if (source.filename) onFile(source.filename);
			return { code: transform(source) };
		},
	});
	return jiti.import(file);
}

function isUploads(value: unknown): value is Uploads {
	return (
		typeof value === "object" && value !== null && "rules" in value && Array.isArray(value.rules)
	);
}

function notFound(cwd: string, file: string | undefined): CommandError {
	return new CommandError(
		"uploads-not-found",
		file === undefined
			? `No uploads.ts in ${cwd}, nor in its folders src, server, app and lib. Run \`skyput init\` to write one, or name yours with --uploads.`
			: `${file} does not exist. Check the path given with --uploads.`,
	);
}

async function exists(file: string): Promise<boolean> {
	return access(file).then(
		() => true,
		() => false,
	);
}
