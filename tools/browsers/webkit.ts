import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { freePorts } from "../free-ports.ts";
import type { Browser } from "./browser.ts";
import { findWebkit } from "./engines.ts";
import { createSession } from "./webdriver.ts";

/** Opens WebKitGTK's MiniBrowser by WebDriver, on a display of its own. */
export async function openWebkit(): Promise<Browser> {
	const programs = findWebkit();
	if (!programs) throw new Error("WebKit is not installed");
	const profile = await mkdtemp(join(tmpdir(), "skyput-webkit-"));
	const display = start(
		programs.display,
		["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
		{},
	);
	const port = await freePorts();
	const driver = start(programs.driver, ["--host=127.0.0.1", `--port=${port}`], {
		DISPLAY: `:${await readDisplayNumber(display)}`,
		HOME: profile,
		XDG_DATA_HOME: join(profile, "data"),
		XDG_CACHE_HOME: join(profile, "cache"),
		GDK_BACKEND: "x11",
		NO_AT_BRIDGE: "1",
		// buffers of a graphics card, which test machines lack
		WEBKIT_DISABLE_DMABUF_RENDERER: "1",
	});
	const stop = async (): Promise<void> => {
		await end(driver);
		await end(display);
		await rm(profile, { recursive: true, force: true, maxRetries: 5 });
	};
	try {
		const session = await createSession(`http://127.0.0.1:${port}`, programs.browser);
		return {
			pid: driver.pid ?? Number.NaN,
			openPage: session.openPage,
			async close() {
				await session.close();
				await stop();
			},
		};
	} catch (error) {
		await stop();
		throw error;
	}
}

/** Starts a program as the leader of a process group, which ends with this process at the latest. */
function start(path: string, words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
	const child = spawn(path, words, {
		detached: true,
		env: { ...process.env, ...env },
		stdio: ["ignore", "ignore", "ignore", "pipe"],
	});
	const kill = (): void => killGroup(child);
	process.once("exit", kill);
	child.once("exit", () => process.off("exit", kill));
	return child;
}

function killGroup({ pid }: ChildProcess): void {
	try {
		if (pid) process.kill(-pid, "SIGKILL");
	} catch {
		// the whole group has ended
	}
}

async function end(child: ChildProcess): Promise<void> {
	const running = child.exitCode === null && child.signalCode === null;
	const ended = running && once(child, "exit");
	killGroup(child);
	await ended;
}

/** Xvfb takes a free display and writes its number to descriptor 3. */
async function readDisplayNumber(display: ChildProcess): Promise<string> {
	const [line] = await Promise.race([
		once(display.stdio[3] as Readable, "data"),
		once(display, "exit").then(() => {
			throw new Error("Xvfb ended before it had a display");
		}),
	]);
	return String(line).trim();
}
