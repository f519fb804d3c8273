import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { findCeph } from "../find-ceph.ts";
import { findClamd } from "../start-clamd.ts";

const moduleUrl = (name: string): string =>
	JSON.stringify(new URL(`../${name}.ts`, import.meta.url).href);

/** Starts Ceph, and prints the ports of its gateway and of its monitor. */
const ceph = `
	import { startCeph } from ${moduleUrl("start-ceph")};
	const port = Number(new URL((await startCeph()).endpoint).port);
	console.log(JSON.stringify([port, port + 1]));`;

const clamd = `
	import { startClamd } from ${moduleUrl("start-clamd")};
	console.log(JSON.stringify([(await startClamd()).port]));`;

async function listens(port: number): Promise<boolean> {
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

// tools/optional-parts.ts prints what is missing
for (const [name, isInstalled, program] of [
	["Ceph", findCeph(), ceph],
	["clamd", findClamd(), clamd],
] as const) {
	test.runIf(isInstalled)(
		`${name} ends with the process that started it, even if that is killed`,
		async () => {
			const folder = await mkdtemp(join(tmpdir(), "skyput-test-"));
			const staying = `${program}\nsetInterval(() => undefined, 1_000);`;
			const child = spawn(process.execPath, ["--input-type=module", "--eval", staying], {
				env: { ...process.env, TMPDIR: folder },
				stdio: ["ignore", "pipe", "inherit"],
			});
			const [line] = await once(child.stdout, "data");
			const ports = JSON.parse(String(line)) as number[];
			for (const port of ports) expect(await listens(port)).toBe(true);
			child.kill("SIGKILL");
			// its scratch folder is deleted last
			while ((await readdir(folder)).length > 0) await sleep(50);
			for (const port of ports) expect(await listens(port)).toBe(false);
			await rm(folder, { recursive: true });
		},
	);
}
