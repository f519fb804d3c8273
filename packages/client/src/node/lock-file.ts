import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isObject } from "../errors.js";
import { sleep } from "../http/wait.js";

/** Milliseconds between two looks at a lock that another upload holds. */
const lookInterval = 200;
/** Milliseconds between two signs of life. */
const beatInterval = 3_000;
/** Looks in a row, 20 s of them, at which a file that gave no sign of life between them is dead. */
const longestSilence = 100;

/**
 * Waits for a file to be gone and makes it, with this process's id inside. A lock is dead when its
 * process is gone, or has given no sign of life: an id may belong to another process by now, or to one
 * of another machine or container.
 *
 * @param signal ends the wait
 * @returns removes the file.
 */
export async function lockFile(path: string, signal: AbortSignal): Promise<() => Promise<void>> {
	const own = JSON.stringify({ pid: process.pid, host: hostname(), nonce: randomUUID() });
	const removeIfDead = watchLock(path);
	while (!(await create(path, own))) {
		signal.throwIfAborted();
		if (!(await removeIfDead())) await sleep(lookInterval, signal);
	}
	const beat = setInterval(() => {
		const now = new Date();
		utimes(path, now, now).catch(() => {});
	}, beatInterval).unref();
	return async () => {
		clearInterval(beat);
		await remove(path, own);
	};
}

async function create(path: string, content: string): Promise<boolean> {
	try {
		await writeFile(path, content, { flag: "wx", mode: 0o600 });
		return true;
	} catch (error) {
		if (codeOf(error) === "EEXIST") return false;
		throw error;
	}
}

/**
 * Looks at a lock, each time it is called, and removes it when it is dead. One program at a time may, else
 * a slower one would remove the next owner's.
 */
function watchLock(path: string): () => Promise<boolean> {
	const turn = `${path}.turn`;
	const isSilent = watchSilence(path);
	const isTurnSilent = watchSilence(turn);
	return async () => {
		const content = await read(path);
		if (content === undefined) return false;
		if (!(await isSilent()) && !isOrphan(content)) return false;
		if (!(await create(turn, ""))) {
			if (await isTurnSilent()) await rm(turn, { force: true });
			return false;
		}
		await remove(path, content).finally(() => rm(turn, { force: true }));
		return true;
	};
}

/** Removes the lock if it holds this content. */
async function remove(path: string, content: string): Promise<void> {
	if ((await read(path)) === content) await rm(path, { force: true });
}

/**
 * Tells, at each look, whether a file has been silent for too many of them. No clock is asked: it may
 * be another machine's, or be set anew, and while this machine sleeps, its owner does, and nobody looks.
 */
function watchSilence(path: string): () => Promise<boolean> {
	let seen: bigint | undefined;
	let quiet = 0;
	return async () => {
		// none once it is gone
		const touched = await stat(path, { bigint: true }).then(
			({ mtimeNs }) => mtimeNs,
			() => undefined,
		);
		quiet = touched === seen ? quiet + 1 : 0;
		seen = touched;
		return touched !== undefined && quiet >= longestSilence;
	};
}

async function read(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		if (codeOf(error) === "ENOENT") return undefined;
		throw error;
	}
}

function isOrphan(content: string): boolean {
	let owner: unknown;
	try {
		owner = JSON.parse(content);
	} catch {
		// made a moment ago, and not yet written
	}
	if (!isObject(owner) || !("pid" in owner && "host" in owner)) return false;
	if (typeof owner.pid !== "number" || owner.host !== hostname()) return false;
	try {
		process.kill(owner.pid, 0);
		return false;
	} catch (error) {
		return codeOf(error) === "ESRCH";
	}
}

const codeOf = (error: unknown): string =>
	isObject(error) && "code" in error ? String(error.code) : "";
