import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { utimesSync, writeFileSync } from "node:fs";
import {
	mkdir,
	mkdtemp,
	readdir,
	readFile,
	rm,
	stat,
	symlink,
	utimes,
	writeFile,
} from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { lockFile } from "../../src/node/lock-file.js";
import { createNodePlatform } from "../../src/node/platform.js";
import { defaultDirectory, fileResumeStore } from "../../src/node/resume-store.js";
import type { ResumeStore } from "../../src/resume-store.js";

const id = "0123456789abcdef".repeat(4);
const day = 24 * 3_600_000;
const { signal } = new AbortController();

let parent: string;
let folder: string;
let store: ResumeStore;

beforeEach(async () => {
	parent = await mkdtemp(join(tmpdir(), "skyput-records-"));
	folder = join(parent, "below", "records");
	store = fileResumeStore(folder);
});
afterEach(async () => {
	vi.unstubAllEnvs();
	vi.restoreAllMocks();
	await rm(parent, { recursive: true });
});

/** Without the mark of the last sweep. */
const filesOf = async (folder: string): Promise<string[]> =>
	(await readdir(folder)).filter((name) => name !== ".swept").toSorted();

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const lock = (of: ResumeStore, given = signal): Promise<() => Promise<void> | void> => {
	if (!of.lock) throw new Error("It has locks.");
	return of.lock(id, given);
};

describe("a directory of records", () => {
	it("returns the record that was set last, and none once it is deleted", async () => {
		expect(await store.get(id)).toBeUndefined();
		await store.set(id, "one");
		await store.set(id, "twö");
		expect(await store.get(id)).toBe("twö");
		expect(await fileResumeStore(pathToFileURL(folder)).get(id)).toBe("twö");
		await store.delete(id);
		await store.delete(id);
		expect(await store.get(id)).toBeUndefined();
		expect(await filesOf(folder)).toEqual([]);
	});

	// Windows has no modes; access lists protect the folders of a user's profile
	it.skipIf(process.platform === "win32")("is readable by its owner alone", async () => {
		await store.set(id, "secret");
		const release = await lock(store);
		expect(await modeOf(folder)).toBe(0o700);
		const files = await filesOf(folder);
		expect(files.toSorted()).toEqual([`${id}.json`, `${id}.lock`]);
		for (const file of files) expect(await modeOf(join(folder, file))).toBe(0o600);
		await release();
	});

	it("holds the old record or the new one at any moment, never half of one", async () => {
		const long = ["a", "b"].map((letter) => letter.repeat(300_000));
		await store.set(id, long[0] ?? "");
		let writing = true;
		const write = async (): Promise<void> => {
			for (let n = 1; n < 40; n++) await store.set(id, long[n % 2] ?? "");
		};
		const read = async (): Promise<void> => {
			while (writing) expect(long).toContain(await readFile(join(folder, `${id}.json`), "utf8"));
		};
		const written = write().finally(() => {
			writing = false;
		});
		await Promise.all([written, read()]);
	});

	it("removes records, locks and temporary files that are 37 days old, and no others, once a day", async () => {
		await store.set(id, "young");
		const old = id.replaceAll("0", "f");
		const names = [`${old}.json`, `${old}.tmp`, `${old}.lock`, "notes.json", `${id}.json`];
		const age = async (name: string, days: number): Promise<void> => {
			const then = new Date(Date.now() - days * day);
			await writeFile(join(folder, name), "x");
			await utimes(join(folder, name), then, then);
		};
		for (const name of names) await age(name, name.startsWith(id) ? 36 : 38);
		const sweep = async (): Promise<void> => (await lock(store))();
		await sweep();
		const left = [`${id}.json`, "notes.json"];
		await expect.poll(() => filesOf(folder)).toEqual(left);

		await age(`${old}.json`, 38);
		await sweep();
		await sweep();
		expect(await filesOf(folder)).toContain(`${old}.json`);
		await age(".swept", 1);
		await sweep();
		await expect.poll(() => filesOf(folder)).toEqual(left);
	});

	it("gives the lock before it looks at thousands of stale records, and looks at a part of them only", async () => {
		await store.set(id, "x");
		const then = new Date(Date.now() - 38 * day);
		const names = Array.from({ length: 10_500 }, (_, n) => `${`${n}`.padStart(64, "0")}.json`);
		for (const name of names) writeFileSync(join(folder, name), "");
		for (const name of names) utimesSync(join(folder, name), then, then);
		const release = await lock(store);
		expect((await filesOf(folder)).length).toBeGreaterThan(10_000);
		await release();
		// those beyond the limit are left for another day
		await vi.waitFor(async () => expect((await filesOf(folder)).length).toBeLessThan(600), 240_000);
		expect((await filesOf(folder)).length).toBeGreaterThan(400);
	});

	it("is made again when it vanished under a running program", async () => {
		await store.set(id, "one");
		const release = await lock(store);
		await rm(folder, { recursive: true });
		await release();
		expect(await store.get(id)).toBeUndefined();
		await store.set(id, "two");
		expect(await store.get(id)).toBe("two");
		await rm(parent, { recursive: true });
		await (await lock(store))();
		await store.set(id, "three");
		expect(await store.get(id)).toBe("three");
	});

	it("counts a folder in the place of a record as none, and keeps the others", async () => {
		const other = id.replaceAll("0", "f");
		await store.set(other, "x");
		await mkdir(join(folder, `${id}.json`));
		expect(await store.get(id)).toBeUndefined();
		expect(await store.get(other)).toBe("x");
		expect(await store.list?.()).toHaveLength(2);
	});

	it("does not move with the current directory, and is never the current one", async () => {
		const relative = fileResumeStore("records");
		vi.spyOn(process, "cwd").mockReturnValue(parent);
		expect(await relative.get(id)).toBeUndefined();
		await fileResumeStore("records").set(id, "x");
		expect(await relative.get(id)).toBeUndefined();
		expect(await filesOf(join(parent, "records"))).toEqual([`${id}.json`]);
		vi.restoreAllMocks();
		expect(() => fileResumeStore("")).toThrow(/must not be empty/);
	});

	it("rejects where it cannot be created, and is created once that is possible", async () => {
		await writeFile(join(parent, "below"), "a file");
		await expect(store.set(id, "x")).rejects.toThrow(/ENOTDIR|EEXIST|ENOENT/);
		await rm(join(parent, "below"));
		await store.set(id, "x");
		expect(await store.get(id)).toBe("x");
	});

	it("is below the state directory by default", async () => {
		vi.stubEnv("XDG_STATE_HOME", folder);
		expect(await defaultDirectory()).toBe(join(folder, "skyput", "uploads"));
		vi.stubEnv("XDG_STATE_HOME", "relative");
		vi.stubEnv("HOME", parent);
		expect(await defaultDirectory()).toBe(join(parent, ".local/state/skyput/uploads"));
		vi.spyOn(process, "platform", "get").mockReturnValue("win32");
		vi.stubEnv("LOCALAPPDATA", "/app-data");
		expect(await defaultDirectory()).toBe("/app-data/skyput/uploads");
		vi.restoreAllMocks();
	});

	it.each([
		["an empty home", { HOME: "" }],
		["a relative home", { HOME: "home/me" }],
		["the home of another user", { HOME: "/" }],
		["a state directory of another user", { XDG_STATE_HOME: "/" }],
		["no local application data", { LOCALAPPDATA: "" }],
		["local application data below the current directory", { LOCALAPPDATA: "app-data" }],
	])("is nowhere with %s, rather than in the current directory", async (_, variables) => {
		vi.stubEnv("XDG_STATE_HOME", undefined);
		for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
		if ("LOCALAPPDATA" in variables) {
			vi.spyOn(process, "platform", "get").mockReturnValue("win32");
		}
		vi.spyOn(process, "getuid").mockReturnValue(4_711);
		await expect(defaultDirectory()).rejects.toThrow(/XDG_STATE_HOME|another user/);
		await expect(createNodePlatform().openResumeStore()).rejects.toThrow();
		vi.restoreAllMocks();
	});

	// on Windows the variable is the system's own and is used
	it.skipIf(process.platform === "win32")(
		"ignores local application data that another system left in the environment",
		async () => {
			vi.stubEnv("XDG_STATE_HOME", undefined);
			vi.stubEnv("HOME", parent);
			for (const localAppData of ["", "C:\\Users\\me\\AppData\\Local"]) {
				vi.stubEnv("LOCALAPPDATA", localAppData);
				expect(await defaultDirectory()).toBe(join(parent, ".local/state/skyput/uploads"));
			}
		},
	);
});

describe("a lock", () => {
	it("is held by one at a time, also between stores of one directory", async () => {
		let holders = 0;
		const turn = async (): Promise<void> => {
			const release = await lock(fileResumeStore(folder));
			expect(++holders).toBe(1);
			await new Promise((resolve) => setTimeout(resolve, 5));
			holders--;
			await release();
		};
		await Promise.all([turn(), turn(), turn(), turn()]);
		expect(await filesOf(folder)).toEqual([]);
	});

	it("stays with its owner, and the wait for it can be ended", async () => {
		const release = await lock(store);
		const controller = new AbortController();
		useFakeChecks();
		const waiting = lock(store, controller.signal);
		await check(5);
		controller.abort("enough");
		await expect(waiting).rejects.toBe("enough");
		expect(await filesOf(folder)).toEqual([`${id}.lock`]);
		await release();
	});

	it("of another process is kept until that process is gone, however it ended", async () => {
		await store.set(id, "x");
		const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
		await once(other, "spawn");
		await hold({ pid: other.pid, host: hostname() });
		useFakeChecks();
		let isHeld = false;
		const waiting = lock(store).finally(() => {
			isHeld = true;
		});
		await check(5);
		expect(isHeld).toBe(false);
		await kill(other);
		while (!isHeld) {
			vi.advanceTimersByTime(200);
			await new Promise(setImmediate);
		}
		await (await waiting)();
	});

	it("that its owner left behind is taken by one of many", async () => {
		await store.set(id, "x");
		const other = spawn(process.execPath, ["-e", ""]);
		await once(other, "exit");
		let holders = 0;
		const turn = async (): Promise<void> => {
			const release = await lock(fileResumeStore(folder));
			expect(++holders).toBe(1);
			await new Promise((resolve) => setTimeout(resolve, 5));
			holders--;
			await release();
		};
		await hold({ pid: other.pid, host: hostname() });
		await Promise.all(Array.from({ length: 8 }, turn));
	});

	it.each([
		["another machine or container", { pid: process.pid, host: "elsewhere" }],
		["a process that does not tell when it started", { pid: process.pid, host: hostname() }],
		["a program that ended before it had written its id", undefined],
	])("of %s is stale after a hundred checks without a heartbeat", async (_, owner) => {
		await store.set(id, "x");
		await hold(owner);
		useFakeChecks();
		const waiting = lock(store);
		await check(99);
		expect(await filesOf(folder)).toContain(`${id}.lock`);
		await check(1);
		const release = await waiting;
		await release();
	});

	it("that its container left before it was restarted, with the same host and id, is taken at once", async () => {
		await store.set(id, "x");
		await hold({ pid: process.pid, host: hostname(), started: "4711" });
		useFakeChecks();
		const startTimeOf = async (): Promise<string> => "4712";
		const release = await lockFile(join(folder, `${id}.lock`), signal, startTimeOf);
		expect(vi.getTimerCount()).toBe(0);
		await release();
	});

	it("whose process ends while it is looked at is taken at once", async () => {
		await store.set(id, "x");
		await hold({ pid: process.ppid, host: hostname(), started: "4711" });
		useFakeChecks();
		const startTimeOf = async (pid: number): Promise<string> => {
			if (pid === process.pid) return "4712";
			throw Object.assign(new Error("no such process"), { code: "ESRCH" });
		};
		const release = await lockFile(join(folder, `${id}.lock`), signal, startTimeOf);
		expect(vi.getTimerCount()).toBe(0);
		await release();
	});

	it("whose process id another user's process has by now is taken at once", async () => {
		await store.set(id, "x");
		await hold({ pid: 4_711, host: hostname(), started: "1" });
		const kill = vi.spyOn(process, "kill").mockImplementation(() => {
			throw Object.assign(new Error("not permitted"), { code: "EPERM" });
		});
		useFakeChecks();
		const release = await lockFile(join(folder, `${id}.lock`), signal, async () => "2");
		expect(kill).toHaveBeenCalledWith(4_711, 0);
		expect(vi.getTimerCount()).toBe(0);
		await release();
	});

	it.runIf(process.platform === "linux")(
		"of a worker thread stays while the thread runs, and is taken at once when it was terminated",
		async () => {
			await store.set(id, "x");
			const worker = new Worker(
				`const { readFileSync, readlinkSync } = require("node:fs");
				setInterval(() => {}, 1000);
				require("node:worker_threads").parentPort.postMessage([
					readlinkSync("/proc/thread-self"),
					readFileSync("/proc/thread-self/stat", "utf8"),
				]);`,
				{ eval: true },
			);
			const [[path, stat]] = await once(worker, "message");
			const thread = Number(path.split("/").at(-1));
			const started = stat.split(") ").at(-1).split(" ")[19];
			await hold({ pid: process.pid, thread, host: hostname(), started });
			useFakeChecks();
			let isHeld = false;
			const waiting = lock(store).finally(() => {
				isHeld = true;
			});
			await check(5);
			expect(isHeld).toBe(false);
			await worker.terminate();
			let checks = 0;
			while (!isHeld) {
				if (vi.getTimerCount() > 0) checks++;
				vi.advanceTimersByTime(200);
				await new Promise(setImmediate);
			}
			expect(checks).toBeLessThan(5);
			const release = await waiting;
			const own = JSON.parse(await readFile(join(folder, `${id}.lock`), "utf8"));
			expect(own.thread).toBeGreaterThan(0);
			expect(own.thread).not.toBe(thread);
			await release();
		},
	);

	it("of the same process, which started when the lock says, stays", async () => {
		const release = await lock(store);
		const { started } = JSON.parse(await readFile(join(folder, `${id}.lock`), "utf8"));
		if (process.platform === "linux") expect(started).toMatch(/^\d+$/);
		useFakeChecks();
		const controller = new AbortController();
		const waiting = lock(store, controller.signal);
		await check(5);
		controller.abort("enough");
		await expect(waiting).rejects.toBe("enough");
		await release();
	});

	it.each([
		["behind", -3_600_000],
		["ahead", 3_600_000],
	])("of a machine whose clock is %s is kept while it has a heartbeat", async (_, off) => {
		await store.set(id, "x");
		await hold({ pid: process.pid, host: "elsewhere" });
		useFakeChecks();
		const controller = new AbortController();
		const waiting = lock(store, controller.signal);
		for (let beat = 0; beat < 15; beat++) {
			const then = new Date(Date.now() + off + beat * 3_000);
			await utimes(join(folder, `${id}.lock`), then, then);
			await check(15);
		}
		expect(await filesOf(folder)).toContain(`${id}.lock`);
		controller.abort("enough");
		await expect(waiting).rejects.toBe("enough");
	});

	it("is kept over a sleep of the machine, which stops its owner and whoever waits for it", async () => {
		const release = await lock(store);
		const path = join(folder, `${id}.lock`);
		useFakeChecks();
		const controller = new AbortController();
		const waiting = lock(store, controller.signal);
		await check(2);
		vi.spyOn(Date, "now").mockReturnValue(Date.now() + day);
		await check(2);
		vi.restoreAllMocks();
		expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject({ pid: process.pid });
		controller.abort("enough");
		await expect(waiting).rejects.toBe("enough");
		await release();
	});

	it("that is stale is taken although a program died while it took it", async () => {
		await store.set(id, "x");
		await hold({ pid: process.pid, host: "elsewhere" });
		await writeFile(join(folder, `${id}.lock.turn`), "");
		useFakeChecks();
		const waiting = lock(store);
		await check(199);
		expect(await filesOf(folder)).toContain(`${id}.lock.turn`);
		await check(2);
		const release = await waiting;
		await release();
		expect(await filesOf(folder)).toEqual([`${id}.json`]);
	});

	it.each([
		["a link to a file that is gone", (path: string) => symlink(join(folder, "gone"), path)],
		["a link to itself", (path: string) => symlink(path, path)],
		[
			"a link to a file that nothing touches",
			async (path: string) => {
				await writeFile(join(parent, "notes"), "x");
				await symlink(join(parent, "notes"), path);
			},
		],
	])("whose place %s has is taken after a hundred checks", async (_, put) => {
		await store.set(id, "x");
		await put(join(folder, `${id}.lock`));
		useFakeChecks();
		const waiting = lock(store);
		await check(100);
		const release = await waiting;
		expect(JSON.parse(await readFile(join(folder, `${id}.lock`), "utf8"))).toMatchObject({
			pid: process.pid,
		});
		await release();
		expect(await filesOf(folder)).toEqual([`${id}.json`]);
	});

	it("has a heartbeat", async () => {
		vi.useFakeTimers({ toFake: ["setInterval"] });
		try {
			const release = await lock(store);
			const path = join(folder, `${id}.lock`);
			await utimes(path, 0, 0);
			vi.advanceTimersByTime(3_000);
			await expect.poll(async () => (await stat(path)).mtimeMs).toBeGreaterThan(day);
			await release();
		} finally {
			vi.useRealTimers();
		}
	});

	it("that another process has taken is not removed by its former owner", async () => {
		const release = await lock(store);
		await hold({ pid: process.pid, host: "elsewhere" });
		await release();
		expect(await filesOf(folder)).toEqual([`${id}.lock`]);
	});
});

/** From now on, the time between two checks of a lock passes by `check` only. */
function useFakeChecks(): void {
	vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
	onTestFinished(() => void vi.useRealTimers());
}

/** Lets whoever waits for a lock check it this many times. */
async function check(times: number): Promise<void> {
	for (let checks = 0; checks < times; checks++) {
		while (vi.getTimerCount() === 0) await new Promise(setImmediate);
		vi.advanceTimersByTime(200);
	}
}

const hold = (owner?: object): Promise<void> =>
	writeFile(join(folder, `${id}.lock`), owner ? JSON.stringify(owner) : "");

async function kill(child: ChildProcess): Promise<void> {
	child.kill("SIGKILL");
	await once(child, "exit");
}
