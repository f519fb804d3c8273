import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listGrace, tokenLife } from "#protocol";
import type { ResumeStore } from "../platform.js";
import { lockFile } from "./lock-file.js";

/** Milliseconds after which the token in a record cannot be renewed any more. */
const recordLife = (tokenLife + listGrace) * 1_000;

/** Names of files that this store creates. */
const ownFiles = /^[\da-f]{64}\.(json|tmp|lock|lock\.turn)$/;

/**
 * Stores the records of unfinished uploads in a directory, for the option `resume`. The directory is created
 * when first needed.
 *
 * A record holds the upload's token, which is a bearer secret: only the owner can read the files (0600) and
 * the directory (0700), if it is created here. Give each user a separate directory; several processes can
 * share one. Records that have not changed for 37 days are removed.
 *
 * @param directory - An absolute path or one from the current directory, or a `file:` URL.
 * @returns The store for the option `resume`.
 */
export function fileResumeStore(directory: string | URL): ResumeStore {
	const folder = typeof directory === "string" ? directory : fileURLToPath(directory);
	const file = (id: string, kind: string): string => join(folder, `${id}.${kind}`);
	let ready: Promise<void> | undefined;
	const open = (): Promise<void> =>
		(ready ??= prepare(folder).catch((error) => {
			ready = undefined;
			throw error;
		}));
	return {
		get: (id) =>
			readFile(file(id, "json"), "utf8").catch((error) => {
				if (error.code === "ENOENT") return undefined;
				throw error;
			}),
		async set(id, record) {
			await open();
			// written to a temporary file and renamed: a crash leaves the old record or the new one
			await writeFile(file(id, "tmp"), record, { mode: 0o600, flush: true });
			await rename(file(id, "tmp"), file(id, "json"));
		},
		async delete(id) {
			await rm(file(id, "tmp"), { force: true });
			await rm(file(id, "json"), { force: true });
		},
		async lock(id, signal) {
			await open();
			return lockFile(file(id, "lock"), signal);
		},
	};
}

/** Creates the directory, and removes what is too old. */
async function prepare(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	for (const name of await readdir(folder)) {
		if (!ownFiles.test(name)) continue;
		const path = join(folder, name);
		// another process may have removed it
		const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > recordLife) await rm(path, { force: true });
	}
}

/** The state directory of the XDG Base Directory Specification, or local application data on Windows. */
export function defaultDirectory(): string {
	const { XDG_STATE_HOME = "", LOCALAPPDATA } = process.env;
	const home = LOCALAPPDATA ?? join(homedir(), ".local", "state");
	return join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : home, "skyput", "uploads");
}
