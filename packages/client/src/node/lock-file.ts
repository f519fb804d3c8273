import { randomUUID } from "node:crypto";
import { readlinkSync } from "node:fs";
import { lstat, readFile, readlink, rm, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { isObject } from "../errors.js";
import { sleep } from "../http/wait.js";

/** Milliseconds between two checks of a lock that another upload holds. */
const checkInterval = 200;
/** Milliseconds between two heartbeats: updates of the modification time. */
const heartbeatInterval = 3_000;
/** Checks in a row without a heartbeat after which a lock is stale: 20 s of them. */
const maxMissedChecks = 100;

type StartTimeOf = (pid: number, thread: number | undefined) => Promise<string | undefined>;

/**
 * The start time of a thread, by default the main one, in clock ticks since boot; undefined where it can't be
 * read: it has ended, or this is not Linux.
 */
async function readStartTime(pid: number, thread = pid): Promise<string | undefined> {
	const text = await read(`/proc/${pid}/task/${thread}/stat`);
	// the second of 22 fields is a name in parentheses, which may hold anything
	return text?.split(") ").at(-1)?.split(" ")[19];
}

/** The system's id of the calling thread, a worker's too; undefined where it can't be read. */
function ownThread(): number | undefined {
	try {
		return Number(/\d+$/.exec(readlinkSync("/proc/thread-self"))?.[0]) || undefined;
	} catch {
		return undefined;
	}
}

/**
 * Waits until a lock file does not exist and creates it, with the id of this process inside. A lock is stale
 * when its thread is gone or its heartbeat has stopped: the id may belong to a process of another machine or
 * container. A restarted container reuses ids, so the start time is compared too.
 *
 * @param path of the lock file
 * @param signal ends the wait
 * @param startTimeOf returns the start time of a thread, where it is known
 * @returns a function that removes the file.
 */
export async function lockFile(
	path: string,
	signal: AbortSignal,
	startTimeOf: StartTimeOf = readStartTime,
): Promise<() => Promise<void>> {
	const { pid } = process;
	const thread = ownThread();
	const started = await startTimeOf(pid, thread);
	const own = JSON.stringify({ pid, thread, host: hostname(), started, nonce: randomUUID() });
	const removeIfStale = createStaleCheck(path, startTimeOf);
	while (!(await create(path, own))) {
		signal.throwIfAborted();
		if (!(await removeIfStale())) await sleep(checkInterval, signal);
	}
	const heartbeat = setInterval(() => {
		const now = new Date();
		utimes(path, now, now).catch(() => {});
	}, heartbeatInterval).unref();
	return async () => {
		clearInterval(heartbeat);
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
 * Creates a check that removes the lock when it is stale. One process at a time may remove it; otherwise a
 * slower process could remove the next owner's lock.
 */
function createStaleCheck(path: string, startTimeOf: StartTimeOf): () => Promise<boolean> {
	const turn = `${path}.turn`;
	const hasStopped = createHeartbeatCheck(path);
	const hasTurnStopped = createHeartbeatCheck(turn);
	return async () => {
		const content = await read(path);
		if (content === undefined) return false;
		if (!(await hasStopped()) && !(await isOrphan(content, startTimeOf))) return false;
		if (!(await create(turn, ""))) {
			if (await hasTurnStopped()) await rm(turn, { force: true });
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
 * Creates a check whether the heartbeat of a file has stopped. It counts checks instead of comparing clocks:
 * the owner's clock may differ, and while this machine sleeps, no heartbeat and no check happens.
 */
function createHeartbeatCheck(path: string): () => Promise<boolean> {
	let seen: bigint | undefined;
	let missed = 0;
	return async () => {
		// undefined once the file is removed
		const touched = await lstat(path, { bigint: true }).then(
			({ mtimeNs }) => mtimeNs,
			() => undefined,
		);
		missed = touched === seen ? missed + 1 : 0;
		seen = touched;
		return touched !== undefined && missed >= maxMissedChecks;
	};
}

/** The content of a file, or where a link leads that has none; undefined where neither is. */
async function read(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, "utf8");
	} catch (error) {
		const target = await readlink(path).catch(() => undefined);
		if (target !== undefined || codeOf(error) === "ENOENT") return target;
		throw error;
	}
}

async function isOrphan(content: string, startTimeOf: StartTimeOf): Promise<boolean> {
	let owner: unknown;
	try {
		owner = JSON.parse(content);
	} catch {
		// created, but not written yet
	}
	if (!isObject(owner) || !("pid" in owner && "host" in owner)) return false;
	if (typeof owner.pid !== "number" || owner.host !== hostname()) return false;
	const before = "started" in owner ? owner.started : undefined;
	const thread = "thread" in owner && typeof owner.thread === "number" ? owner.thread : undefined;
	try {
		process.kill(owner.pid, 0);
	} catch (error) {
		// EPERM: another user's process has the id by now, or this one runs as another user
		if (codeOf(error) !== "EPERM") return codeOf(error) === "ESRCH";
	}
	if (before === undefined) return false;
	try {
		const now = await startTimeOf(owner.pid, thread);
		// another thread has its id by now, or none; without a main thread, nothing can be read here
		return now === undefined
			? (await startTimeOf(owner.pid, undefined)) !== undefined
			: before !== now;
	} catch (error) {
		// it has ended while its file was read
		return codeOf(error) === "ESRCH";
	}
}

const codeOf = (error: unknown): string =>
	isObject(error) && "code" in error ? String(error.code) : "";
