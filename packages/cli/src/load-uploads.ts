import { access } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { PresignProvider, Uploads } from "@skyput/server";
import type { ObjectHandlerOptions } from "@skyput/server/events";
import { createJiti } from "jiti";
import { CommandError } from "./errors.js";
import { loadFailure } from "./load-failure.js";
import { serverModules } from "./server-modules.js";

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

/** The user's table, what its file exports beside it, and where it came from. */
export interface LoadedUploads {
	readonly uploads: Uploads;
	/** The steps of the object handler, not checked; undefined where the file exports no `steps`. */
	readonly steps: ObjectHandlerOptions["steps"] | undefined;
	/** The storages that the file exports as `provider`, by name; a single one is `default`. */
	readonly providers: Readonly<Record<string, PresignProvider>>;
	/** What `provider` is, in words, where no storage can be read from it. */
	readonly unreadProvider: string | undefined;
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

export interface LoadOptions {
	/** The file, relative to `cwd`; without it the usual places are tried. */
	readonly path?: string | undefined;
	/** How a path is given, for errors. @default "with --uploads" */
	readonly given?: string;
	/** Called with the path of every file of the project that is read, also where loading fails. */
	readonly onFile?: (file: string) => void;
	/** Ends the wait. @default never */
	readonly signal?: AbortSignal;
	/** Milliseconds that the file may take, which may wait at its top level. @default 60,000 */
	readonly timeout?: number;
}

/**
 * Loads the table that a file exports as `uploads`, or by default. TypeScript, the paths of a tsconfig.json
 * and top-level await work. Each call reads the file and what it imports anew, except for packages.
 *
 * @param cwd - The user's project.
 * @param options - Which file, and how long it may take.
 * @returns The table and the absolute path of its file.
 * @throws CommandError `uploads-not-found` or `uploads-invalid`; the signal's reason.
 */
export async function loadUploads(cwd: string, options: LoadOptions = {}): Promise<LoadedUploads> {
	const { path, given = "with --uploads", onFile = () => {} } = options;
	const file = path === undefined ? await findUploadsFile(cwd) : resolve(cwd, path);
	if (file === undefined || !(await exists(file))) throw notFound(cwd, file, given);
	const name = relative(cwd, file) || ".";
	const read = new Set([file]);
	const loading = importFile(file, (each) => {
		read.add(each);
		onFile(each);
	});
	const module = await within(loading, options, name).catch((cause: unknown) => {
		if (cause instanceof CommandError || options.signal?.aborted) throw cause;
		const message = `${name} cannot be loaded: ${loadFailure(cause, { cwd, file, read })}`;
		throw new CommandError("uploads-invalid", message, { cause });
	});
	// CommonJS may export the table itself
	const uploads =
		module["uploads"] ?? module["default"] ?? (isUploads(module) ? module : undefined);
	const steps = module["steps"] as LoadedUploads["steps"];
	if (isUploads(uploads)) {
		const { provider } = module;
		const providers = providersOf(provider);
		const isUnread = provider !== undefined && Object.keys(providers).length === 0;
		const unreadProvider = isUnread ? describe(provider) : undefined;
		return { uploads, steps, providers, unreadProvider, file };
	}
	const names = Object.keys(module).join(", ");
	const instead = names === "" ? "nothing" : `no table of uploads, only ${names}`;
	const exported = uploads === undefined ? instead : "something other than a table of uploads";
	throw new CommandError(
		"uploads-invalid",
		`${name} exports ${exported}. Export one as \`uploads\`: export const uploads = defineUploads({ … })`,
	);
}

/** Waits for the file as long as the options say. @param name - Of the file, for errors */
async function within<Module>(
	loading: Promise<Module>,
	{ signal, timeout = 60_000 }: LoadOptions,
	name: string,
): Promise<Module> {
	const { promise: ended, reject } = Promise.withResolvers<never>();
	const stop = (): void => reject(signal?.reason);
	const timer = setTimeout(() => {
		const message = `${name} did not load within ${timeout / 1000} s: it, or what it imports, waits at its top level, such as for a database. Connect in a function instead.`;
		reject(new CommandError("uploads-invalid", message));
	}, timeout);
	if (signal?.aborted) stop();
	signal?.addEventListener("abort", stop, { once: true });
	try {
		return await Promise.race([loading, ended]);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", stop);
	}
}

/** Makes the table of a source text, which exports it as `uploads` and imports `@skyput/server` alone. */
export async function evaluateUploads(source: string): Promise<Uploads> {
	const jiti = createJiti(import.meta.url, await jitiOptions());
	const filename = join(import.meta.dirname, "uploads.ts");
	const module = await jiti.evalModule(source, { filename, async: true });
	return (module as { readonly uploads: Uploads }).uploads;
}

async function jitiOptions() {
	const virtualModules = await serverModules();
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

const isProvider = (value: unknown): value is PresignProvider =>
	typeof Object(value).signUpload === "function";

function providersOf(exported: unknown): LoadedUploads["providers"] {
	if (isProvider(exported)) return { default: exported };
	// the names of an array's members would be numbers, which no rule has
	if (typeof exported !== "object" || exported === null || Array.isArray(exported)) return {};
	return Object.fromEntries(Object.entries(exported).filter(([, value]) => isProvider(value)));
}

function describe(value: unknown): string {
	if (value === null) return "null";
	if (Array.isArray(value)) return "an array";
	if (value instanceof Promise) return "a promise: await it";
	return typeof value === "object" ? "an object without storages" : `a ${typeof value}`;
}

function notFound(cwd: string, file: string | undefined, given: string): CommandError {
	return new CommandError(
		"uploads-not-found",
		file === undefined
			? `there is no uploads.ts in ${cwd}, nor in its folders src, server, app and lib. Run \`skyput init\` to write one, or name yours ${given}.`
			: `${file} does not exist. Check the path given ${given}.`,
	);
}

async function exists(file: string): Promise<boolean> {
	return access(file).then(
		() => true,
		() => false,
	);
}
