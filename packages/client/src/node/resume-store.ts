import { mkdir, opendir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { listGrace, tokenLife } from "#protocol";
import type { ResumeStore } from "../resume-store.js";
import { lockFile } from "./lock-file.js";

/** Milliseconds after which the token in a record cannot be renewed any more. */
const recordLife = (tokenLife + listGrace) * 1_000;

/** Milliseconds between two sweeps of a directory, by any process. */
const sweepInterval = 24 * 3_600_000;
/** The most files per sweep, since a program can't exit during one. */
const sweepLimit = 10_000;

/** Names of files that this store creates. */
const ownFiles = /^[\da-f]{64}\.(json|tmp|lock|lock\.turn)$/;

/**
 * Stores the records of unfinished uploads in a directory, for the option `resume`. The directory is created
 * when first needed.
 *
 * A record holds the upload's token, which is a bearer secret: only the owner can read the files (0600) and
 * the directory (0700), if it is created here. Give each user a separate directory; several processes can
 * share one. Records that have not changed for 37 days are removed, once a day.
 *
 * @param directory - An absolute path or one from the current directory, or a `file:` URL.
 * @returns The store for the option `resume`.
 * @throws TypeError without a path: tokens must not be written to an arbitrary current directory.
 */
export function fileResumeStore(directory: string | URL): ResumeStore {
	if (!(directory instanceof URL) && (typeof directory !== "string" || directory === "")) {
		throw new TypeError(
			"fileResumeStore() needs the path of a directory, which must not be empty, or a file: URL.",
		);
	}
	const folder = resolve(typeof directory === "string" ? directory : fileURLToPath(directory));
	const file = (id: string, kind: string): string => join(folder, `${id}.${kind}`);
	// created each time, because it may be removed while the program runs
	const open = (): Promise<unknown> => mkdir(folder, { recursive: true, mode: 0o700 });
	return {
		get: (id) =>
			readFile(file(id, "json"), "utf8").catch((error) => {
				if (error.code === "ENOENT" || error.code === "EISDIR") return undefined;
				// the record may be whole, and must not be replaced
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
		async list() {
			await open();
			const names = await readdir(folder);
			return names
				.filter((name) => ownFiles.test(name) && name.endsWith(".json"))
				.map((name) => name.slice(0, 64));
		},
		async lock(id, signal) {
			await open();
			void sweep(folder).catch(() => {});
			return lockFile(file(id, "lock"), signal);
		},
	};
}

/** Removes expired records, at most once a day. */
async function sweep(folder: string): Promise<void> {
	const marker = join(folder, ".swept");
	const swept = await stat(marker).catch(() => ({ mtimeMs: 0 }));
	// sweep also when the clock was set back
	if (Math.abs(Date.now() - swept.mtimeMs) < sweepInterval) return;
	await writeFile(marker, new Date().toISOString(), { mode: 0o600 });
	let looked = 0;
	for await (const { name } of await opendir(folder)) {
		if (++looked > sweepLimit) return;
		if (!ownFiles.test(name)) continue;
		const path = join(folder, name);
		// another process may have removed it
		const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }));
		if (Date.now() - mtimeMs > recordLife) await rm(path, { force: true }).catch(() => {});
	}
}

/**
 * The state directory of the XDG Base Directory Specification, or local application data on Windows.
 *
 * @throws Error when this user has no such directory. Records hold secrets, so there is no fallback.
 */
export async function defaultDirectory(): Promise<string> {
	const { XDG_STATE_HOME = "", LOCALAPPDATA = "" } = process.env;
	const [base, ...below] = isAbsolute(XDG_STATE_HOME)
		? [XDG_STATE_HOME]
		: process.platform === "win32"
			? [LOCALAPPDATA]
			: [homedir(), ".local", "state"];
	if (!isAbsolute(base))
		throw new Error("No absolute state directory: set XDG_STATE_HOME, or LOCALAPPDATA on Windows.");
	const owner = await stat(base).then(
		({ uid }) => uid,
		() => undefined,
	);
	// happens with `sudo`, which may keep HOME
	if (owner !== undefined && process.getuid && owner !== process.getuid()) {
		throw new Error(`${base} belongs to another user.`);
	}
	return join(base, ...below, "skyput", "uploads");
}
