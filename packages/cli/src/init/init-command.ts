import { Command, Option } from "commander";
import type { CommandFactory } from "../context.js";
import { frameworks } from "./frameworks.js";
import type { InitCommandOptions } from "./run-init.js";

const details = `
It writes a table of uploads, a handler for your framework, a route file if
your framework has those, and a client call. Then it installs @skyput/server
and @skyput/client. Existing files stay as they are.

Frameworks:
${frameworks.map(({ id, name }) => `  ${id.padEnd(16)}${name}`).join("\n")}

Examples:
  $ skyput init
  $ skyput init --yes --framework hono --no-install`;

export const initCommand: CommandFactory = (context) =>
	new Command("init")
		.summary("Set up uploads in this project")
		.description("Write a table of uploads, a handler and a client call for this project.")
		.option("-y, --yes", "Ask nothing, and use the framework that is detected", false)
		.addOption(
			new Option(
				"--framework <id>",
				"Framework to write for; by default the one that is detected",
			).choices(frameworks.map(({ id }) => id)),
		)
		.option("--no-install", "Install no packages")
		.addHelpText("after", details)
		.action(async (options: InitCommandOptions) => {
			const { runInit } = await import("./run-init.js");
			await runInit(options, context);
		});
