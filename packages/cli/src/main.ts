#!/usr/bin/env node
import { Console } from "node:console";
import { constants } from "node:os";
import { CommandError } from "./errors.js";
import { runCommand } from "./run-command.js";

/** Milliseconds in which a signal counts once: npx and timeout pass on what the terminal has sent as well. */
const oneSignal = 500;

const controller = new AbortController();
let stoppedBy: "SIGINT" | "SIGTERM" | "SIGHUP" | undefined;
let stoppedAt = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
	process.on(signal, () => {
		if (!stoppedBy) {
			stoppedBy = signal;
			stoppedAt = performance.now();
			controller.abort();
			return;
		}
		// the second one ends the process without cleaning up
		if (performance.now() - stoppedAt > oneSignal) process.exit(128 + constants.signals[signal]);
	});
}
const { stdin, stdout, stderr, env } = process;
// `skyput … | head` closes the pipe
for (const stream of [stdout, stderr]) stream.on("error", () => process.exit(1));
// what the user's files print would stand among the documents, or in `policy > policy.tf`
globalThis.console = new Console(stderr);
process.on("uncaughtException", (cause) => {
	const text = cause instanceof Error ? cause.stack : String(cause);
	const message = `nothing caught an error of your uploads.ts, of what it imports, or of the command:\n${text}`;
	controller.abort(new CommandError("failed", message, { cause }));
});

const exitCode = await runCommand(process.argv.slice(2), {
	stdin,
	stdout,
	stderr,
	env,
	cwd: process.cwd(),
	signal: controller.signal,
});
// the user's files, or what was stopped, may have left timers and connections open
for (const stream of [stdout, stderr]) await new Promise((done) => stream.write("", done));
process.exit(stoppedBy ? 128 + constants.signals[stoppedBy] : exitCode);
