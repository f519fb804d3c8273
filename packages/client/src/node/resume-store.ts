import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { listGrace, tokenLife } from "#protocol";
import type { ResumeStore } from "../platform.js";
import { lockFile } from "./lock-file.js";

/** Milliseconds after which the token in a record cannot be renewed any more. */
const recordLife = (tokenLife + listGrace) * 1_000;

const ours = /^[\da-f]{64}\.(json|tmp|lock|lock\.turn)$/;

/**
 * Keeps the records of unfinished uploads as files of a directory, for the option `resume`. It is made
 * when first needed.
 *
 * A record holds the upload's token, which is a bearer secret: the files are readable by their owner
 * alone (0600), and so is the directory (0700) where it is made here. Give each user a directory of
 * its own; several processes may share one. Records that nobody touched for 37 days are removed.
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
			// written beside and renamed: a crash leaves the old record or the new one, never half of one
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

async function prepare(folder: string): Promise<void> {
	await mkdir(folder, { recursive: true, mode: 0o700 });
	for (const name of await readdir(folder)) {
		if (!ours.test(name)) continue;
		const path = join(folder, name);
		// another process may sweep at the same time
		const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > recordLife) await rm(path, { force: true });
	}
}

/** Where programs keep what should outlive a restart of the machine: as the XDG specification has it, or Windows. */
export function defaultDirectory(): string {
	const { XDG_STATE_HOME = "", LOCALAPPDATA } = process.env;
	const home = LOCALAPPDATA ?? join(homedir(), ".local", "state");
	return join(isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : home, "skyput", "uploads");
}
