import { Command, InvalidArgumentError } from "commander";
import type { CommandFactory } from "../context.js";
import type { DevCommandOptions } from "./run-dev.js";

const details = `
It serves an upload page, the handler of your uploads.ts, and a strict S3
server for both, on 127.0.0.1. It needs no cloud account, and deletes what was
uploaded when it ends. Changes of uploads.ts, and of the files that it imports,
apply at once. Without an uploads.ts it serves a built-in table.

Files of a rule with \`quarantine\` go through the steps that your file exports
as \`steps\`, or through sniffType() if it exports none. Files that pass are
stored at their keys.

Faults: with --faults, or after you type f and Enter, some requests to the
storage fail as in a bad network: connections break, answers get lost, the
storage is busy, bytes flip.

Examples:
  $ skyput dev
  $ skyput dev --uploads server/files.ts --user alice
  $ skyput upload film.mp4 users/42/film.mp4 \\
      --endpoint http://127.0.0.1:4400/uploads`;

export const devCommand: CommandFactory = (context) =>
	new Command("dev")
		.summary("Serve an upload page, your handler and a local S3 server")
		.description("Serve an upload page, the handler of your uploads.ts and a local S3 server.")
		.option(
			"-u, --uploads <file>",
			"File that exports your table (default: uploads.ts, also in src, …)",
		)
		.option(
			"-p, --port <port>",
			"Port of the page and the handler (default: 4400, else the next free one)",
			port,
		)
		.option(
			"--storage-port <port>",
			"Port of the S3 server (default: 4401, else the next free one)",
			port,
		)
		.option("--user <id>", "Id of the signed-in user, as principal.sub", "42")
		.option("--faults", "Start with a bad network", false)
		.option(
			"--fault-rate <share>",
			"Share of requests that fail in a bad network, 0 to 1",
			share,
			0.2,
		)
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
