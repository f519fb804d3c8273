import { randomUUID } from "node:crypto";
import { readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { sleep } from "../http/wait.js";
import { isObject } from "../is-object.js";

/** Milliseconds between two looks at a lock that another upload holds. */
const lookInterval = 200;
/** Milliseconds between two signs of life, and after which a lock without one is dead. */
const beatInterval = 3_000;
const longestSilence = 20_000;

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
	while (!(await create(path, own))) {
		signal.throwIfAborted();
		const dead = await findDead(path);
		if (dead === undefined || !(await bury(path, dead))) await sleep(lookInterval, signal);
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

/** What a dead lock holds; undefined for one that lives, or is gone. */
async function findDead(path: string): Promise<string | undefined> {
	const content = await read(path);
	return content !== undefined && ((await isSilent(path)) || isOrphan(content))
		? content
		: undefined;
}

/** Removes a dead lock. One program at a time may, else a slower one would remove the next owner's. */
async function bury(path: string, dead: string): Promise<boolean> {
	const turn = `${path}.turn`;
	if (!(await create(turn, ""))) {
		if (await isSilent(turn)) await rm(turn, { force: true });
		return false;
	}
	await remove(path, dead).finally(() => rm(turn, { force: true }));
	return true;
}

/** Removes the lock if it holds this content. */
async function remove(path: string, content: string): Promise<void> {
	if ((await read(path)) === content) await rm(path, { force: true });
}

const isSilent = (path: string): Promise<boolean> =>
	stat(path).then(
		({ mtimeMs }) => Date.now() - mtimeMs > longestSilence,
		// gone
		() => false,
	);

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
