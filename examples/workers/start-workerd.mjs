import { spawn } from "node:child_process";
import { once } from "node:events";
import workerd from "workerd";

/** Runs the built worker in workerd, with this process's environment, and tells where it listens. */
export async function startWorkerd(port) {
	const address = `--socket-addr=http=127.0.0.1:${port}`;
	const child = spawn(workerd.default, ["serve", "workerd.capnp", address, "--control-fd=3"], {
		// what workerd has to say about itself comes on the fourth
		stdio: ["ignore", "inherit", "inherit", "pipe"],
	});
	process.once("exit", () => child.kill());
	const [said] = await Promise.race([
		once(child.stdio[3], "data"),
		once(child, "exit").then(([code]) => {
			throw new Error(`workerd ended with ${code}`);
		}),
	]);
	return `http://127.0.0.1:${JSON.parse(said).port}`;
}
