import { Command } from "commander";
import type { CommandFactory } from "../context.js";
import { addHeader, authorizationVariable, collect } from "../endpoint-options.js";
import type { ConformOptions } from "./run-conform.js";

const details = `
It stores about fifteen small objects and two of 16 MiB, and deletes those that
the server lets the caller delete. Use a bucket for tests.

Some cases need an option, and are skipped without it: --origin for web pages,
--refused-key for refused keys, --other-header for other callers. Cases about
operations that the server does not have are skipped, too.

Environment:
  ${authorizationVariable}

The cases and the contract (OpenAPI 3.1):
  https://github.com/skyput/skyput/blob/main/docs/conform.md

Example:
  $ skyput conform http://localhost:8000/uploads --key "files/{random}" \\
      --refused-key others/a`;

export const conformCommand: CommandFactory = (context) =>
	new Command("conform")
		.summary("Check a server against the HTTP contract")
		.description(
			"Check an upload server, in any language, against the HTTP contract between @skyput/client and its server.",
		)
		.argument("<url>", "URL of the server")
		.requiredOption("-k, --key <key>", "Key to store; {random} becomes a new UUID each time")
		.option("-H, --header <name: value>", "Header of every call; may be repeated", addHeader, [])
		.option(
			"--other-header <name: value>",
			"The same header for another caller; may be repeated",
			addHeader,
			[],
		)
		.option("-o, --origin <origin>", "Origin of a page that may call the server")
		.option("--refused-key <key>", "Key that the caller may not store")
		.option("--overwrite", "The rule of the key allows overwriting", false)
		.option("-t, --content-type <type>", "MIME type of the objects", "text/plain")
		.option("--only <case>", "Run only this case; may be repeated", collect, [])
		.addHelpText("after", details)
		.action(async (url: string, options: ConformOptions) => {
			const { runConform } = await import("./run-conform.js");
			await runConform(url, options, context);
		});
