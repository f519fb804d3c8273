import { Command, InvalidArgumentError } from "commander";
import type { CommandFactory } from "../context.js";
import type { DevCommandOptions } from "./run-dev.js";

const details = `
It serves a page to upload from, the handler of your uploads.ts, and a strict S3 server for both, on 127.0.0.1.
No cloud account is needed, and what was uploaded is gone when it ends. A change of uploads.ts, or of a file that
it imports, applies at once. Without an uploads.ts it serves a table of its own.
Files of a rule with \`quarantine\` are looked at by the steps that your file exports as \`steps\`, else by
sniffType() alone, and stored at their keys where they pass.

Faults: with --faults, or after typing f and Enter, a share of the requests to the storage fails as in a bad
network: connections break, answers get lost, the storage is busy, bytes flip.

Examples:
  $ skyput dev
  $ skyput dev --uploads server/files.ts --user alice
  $ skyput upload film.mp4 users/42/film.mp4 --endpoint http://127.0.0.1:4400/uploads`;

export const devCommand: CommandFactory = (context) =>
	new Command("dev")
		.summary("Serve an upload page, your handler and a local S3 server")
		.description("Serve an upload page, the handler of your uploads.ts and a local S3 server.")
		.option(
			"-u, --uploads <file>",
			"The file that exports your table (default: uploads.ts, also in src, …)",
		)
		.option(
			"-p, --port <port>",
			"Of the page and the handler (default: 4400, else the next free one)",
			port,
		)
		.option(
			"--storage-port <port>",
			"Of the S3 server (default: 4401, else the next free one)",
			port,
		)
		.option("--user <id>", "Who is signed in, as principal.sub", "42")
		.option("--faults", "Begin with a bad network", false)
		.option("--fault-rate <share>", "The share of requests that fail then, 0 to 1", share, 0.2)
		.addHelpText("after", details)
		.action(async (options: DevCommandOptions) => {
			const { runDev } = await import("./run-dev.js");
			await runDev(options, context);
		});

function port(text: string): number {
	const value = Number(text);
	if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
	throw new InvalidArgumentError("It is a port: 0 to 65535, where 0 is any free one.");
}

function share(text: string): number {
	const value = Number(text);
	if (text !== "" && value >= 0 && value <= 1) return value;
	throw new InvalidArgumentError("It is a number from 0 to 1.");
}
