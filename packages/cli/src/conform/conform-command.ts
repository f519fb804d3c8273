import { Command } from "commander";
import type { CommandFactory } from "../context.js";
import { addHeader, authorizationVariable } from "../endpoint-options.js";
import type { ConformOptions } from "./run-conform.js";

const details = `
Stores about fifteen small objects and two of 16 MiB; what the server does not let the caller delete stays. Use a
bucket of its own. Without --origin the cases about web pages are skipped, without --refused-key and
--other-header those about refused keys and other callers, and always those about operations that the server does not
have.

Environment:
  ${authorizationVariable}

The cases and the contract (OpenAPI 3.1): https://github.com/skyput/skyput/blob/main/docs/conform.md

Example:
  $ skyput conform http://localhost:8000/uploads --key "files/{random}" --refused-key others/a`;

const collect = (text: string, before: readonly string[]): readonly string[] => [...before, text];

export const conformCommand: CommandFactory = (context) =>
	new Command("conform")
		.summary("Hold a server to the HTTP contract")
		.description(
			"Hold an upload server, in any language, to the HTTP contract between @skyput/client and its server.",
		)
		.argument("<url>", "Where it is mounted")
		.requiredOption("-k, --key <key>", "A key to store; {random} becomes a new word each time")
		.option("-H, --header <name: value>", "A header of every call; may be repeated", addHeader, [])
		.option(
			"--other-header <name: value>",
			"The same header for another caller; may be repeated",
			addHeader,
			[],
		)
		.option("-o, --origin <origin>", "The origin of a page that may call")
		.option("--refused-key <key>", "A key that the caller may not store")
		.option("--overwrite", "The rule of the key allows to overwrite", false)
		.option("-t, --content-type <type>", "The MIME type of the objects", "text/plain")
		.option("--only <case>", "Run this case; may be repeated", collect, [])
		.addHelpText("after", details)
		.action(async (url: string, options: ConformOptions) => {
			const { runConform } = await import("./run-conform.js");
			await runConform(url, options, context);
		});
