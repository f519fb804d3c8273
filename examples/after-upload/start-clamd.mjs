// Starts clamd on this machine with one signature, EICAR's: nothing is downloaded.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The test string of EICAR, from two halves: no scanner reports this file. */
export const eicar = [
	"X5O!P%@AP[4\\PZX54(P^)7CC)7}",
	"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
].join("");

/** Undefined where clamd is not installed. */
export async function startClamd() {
	const program = "/usr/sbin/clamd";
	if (!existsSync(program)) return undefined;
	const folder = await mkdtemp(join(tmpdir(), "after-upload-"));
	// below those that the system hands out to servers, one of which could take it before clamd does
	const port = 11_000 + Math.floor(Math.random() * 19_000);
	const signature = `Local.Eicar:0:*:${Buffer.from(eicar).toString("hex")}\n`;
	await writeFile(join(folder, "local.ndb"), signature);
	const settings = {
		Foreground: "yes",
		TCPAddr: "127.0.0.1",
		TCPSocket: port,
		DatabaseDirectory: folder,
		TemporaryDirectory: folder,
		AlertExceedsMax: "yes",
		AlertEncrypted: "yes",
	};
	const lines = Object.entries(settings).map(([name, value]) => `${name} ${value}\n`);
	await writeFile(join(folder, "clamd.conf"), lines.join(""));
	const child = spawn(program, [`--config-file=${join(folder, "clamd.conf")}`], {
		stdio: "ignore",
	});
	const exit = once(child, "exit");
	while (child.exitCode === null && !(await accepts(port))) await sleep(50);
	return {
		port,
		async close() {
			child.kill("SIGKILL");
			await exit;
			await rm(folder, { recursive: true, force: true });
		},
	};
}

async function accepts(port) {
	const socket = connect(port, "127.0.0.1");
	try {
		await once(socket, "connect");
		return true;
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}
