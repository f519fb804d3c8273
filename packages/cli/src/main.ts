#!/usr/bin/env node
import { constants } from "node:os";
import { runCommand } from "./run-command.js";

const controller = new AbortController();
let stoppedBy: "SIGINT" | "SIGTERM" | "SIGHUP" | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
	process.on(signal, () => {
		// the second one ends the process without cleaning up
		if (stoppedBy) process.exit(128 + constants.signals[signal]);
		stoppedBy = signal;
		controller.abort();
	});
}
// `skyput … | head` closes the pipe
process.stdout.on("error", () => process.exit(1));

const { stdin, stdout, stderr, env } = process;
const exitCode = await runCommand(process.argv.slice(2), {
	stdin,
	stdout,
	stderr,
	env,
	cwd: process.cwd(),
	signal: controller.signal,
});
// what was stopped may have left connections open
if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
process.exitCode = exitCode;
