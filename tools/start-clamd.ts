import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePorts } from "./free-ports.ts";

/** A clamd that is up. */
export interface Clamd {
	readonly host: "127.0.0.1";
	readonly port: number;
	readonly pid: number;
	/** Ends it and deletes its folder. */
	close(): Promise<void>;
}

/** The test string of EICAR, from two halves: no scanner reports this file. */
export const eicar: string = [
	"X5O!P%@AP[4\\PZX54(P^)7CC)7}",
	"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
].join("");

function clamdPath(): string | undefined {
	const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"];
	return folders.map((folder) => join(folder, "clamd")).find((path) => existsSync(path));
}

/** Whether clamd is on the PATH or in /usr/sbin. */
export const findClamd = (): boolean => clamdPath() !== undefined;

const defaults = {
	Foreground: "yes",
	TCPAddr: "127.0.0.1",
	MaxThreads: "4",
	SelfCheck: "0",
	ReadTimeout: "120",
	AlertExceedsMax: "yes",
	AlertEncrypted: "yes",
};

/**
 * Starts an own clamd with one signature, EICAR's: nothing is downloaded.
 *
 * @param options - Of clamd.conf, over the ones that the docs ask for.
 * @throws Error where clamd is not installed, or does not start.
 */
export async function startClamd(options: Readonly<Record<string, string>> = {}): Promise<Clamd> {
	const program = clamdPath();
	if (program === undefined) {
		throw new Error(
			"clamd is not installed: apt-get install --no-install-recommends clamav-daemon",
		);
	}
	const folder = await mkdtemp(join(tmpdir(), "skyput-clamd-"));
	const port = await freePorts();
	const signature = `Skyput.Eicar:0:*:${Buffer.from(eicar).toString("hex")}\n`;
	await writeFile(join(folder, "skyput.ndb"), signature);
	const settings = {
		...defaults,
		DatabaseDirectory: folder,
		TemporaryDirectory: folder,
		TCPSocket: String(port),
		LogFile: join(folder, "clamd.log"),
		...options,
	};
	const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
	const file = join(folder, "clamd.conf");
	await writeFile(file, lines.join(""));
	const child = spawn(program, [`--config-file=${file}`], { stdio: "ignore" });
	const exit = once(child, "exit");
	// its standard input ends with this process, even if that is killed and no hook runs
	const guard = spawn(
		"bash",
		["-c", 'cat >/dev/null; kill -9 "$1"; rm -rf "$2"', "guard", String(child.pid), folder],
		{ detached: true, stdio: ["pipe", "ignore", "ignore"] },
	);
	const ended = Promise.all([exit, once(guard, "exit")]);
	guard.unref();
	(guard.stdin as Socket).unref();
	const close = async (): Promise<void> => {
		guard.ref();
		guard.stdin.end();
		await ended;
	};
	while (child.exitCode === null && child.signalCode === null) {
		if (await answers(port)) return { host: "127.0.0.1", port, pid: child.pid ?? 0, close };
		await sleep(50);
	}
	const log = await readFile(settings.LogFile, "utf8").catch(() => "no log");
	await close();
	throw new Error(`clamd did not start: ${log}`);
}

async function answers(port: number): Promise<boolean> {
	const socket = connect(port, "127.0.0.1");
	try {
		await once(socket, "connect");
		socket.write("zPING\0");
		for await (const answer of socket) return String(answer) === "PONG\0";
		return false;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}
