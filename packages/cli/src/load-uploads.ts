import { access } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
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

/** The user's table, and the file that it came from. */
export interface LoadedUploads {
	readonly uploads: Uploads;
	/** Absolute. */
	readonly file: string;
}

/**
 * Finds the file that exports the table of uploads.
 *
 * @param cwd - The user's project.
 * @returns Its absolute path; undefined where there is none.
 */
export async function findUploadsFile(cwd: string): Promise<string | undefined> {
	for (const place of places) {
		for (const extension of extensions) {
			const file = join(cwd, `${place}.${extension}`);
			if (await exists(file)) return file;
		}
	}
	return undefined;
}

/**
 * Loads the table that a file exports as `uploads`, or by default. TypeScript, the paths of a tsconfig.json
 * and top-level await work. Each call reads the file and what it imports anew, except for packages.
 *
 * @param cwd - The user's project.
 * @param path - The file, relative to `cwd`; without it the usual places are tried.
 * @returns The table and the absolute path of its file.
 * @throws CommandError `uploads-not-found` or `uploads-invalid`.
 */
export async function loadUploads(cwd: string, path?: string): Promise<LoadedUploads> {
	const file = path === undefined ? await findUploadsFile(cwd) : resolve(cwd, path);
	if (file === undefined || !(await exists(file))) throw notFound(cwd, file);
	const name = relative(cwd, file);
	const module = await importFile(file).catch((cause: unknown) => {
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

/** Transpiles the file; a project that has not installed `@skyput/server` gets the one of this command. */
async function importFile(file: string): Promise<Readonly<Record<string, unknown>>> {
	const options = { moduleCache: false, fsCache: false, interopDefault: false };
	const parentURL = pathToFileURL(file);
	const installed = createJiti(file, options).esmResolve("@skyput/server", {
		parentURL,
		try: true,
	});
	const virtualModules = installed ? {} : { "@skyput/server": await import("@skyput/server") };
	return createJiti(file, { ...options, virtualModules, tsconfigPaths: true }).import(file);
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
