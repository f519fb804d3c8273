import { Command, Option } from "commander";
import type { CommandFactory } from "../context.js";
import { frameworks } from "./frameworks.js";
import type { InitCommandOptions } from "./run-init.js";

const details = `
It writes a table of uploads, a handler for your framework, its route where routes are files, and a client call;
then it installs @skyput/server and @skyput/client. A file that exists stays as it is.

Frameworks:
${frameworks.map(({ id, name }) => `  ${id.padEnd(16)}${name}`).join("\n")}

Examples:
  $ skyput init
  $ skyput init --yes --framework hono --no-install`;

export const initCommand: CommandFactory = (context) =>
	new Command("init")
		.summary("Set up uploads in this project")
		.description("Write a table of uploads, a handler and a client call for this project.")
		.option("-y, --yes", "Ask nothing: take the framework that is found", false)
		.addOption(
			new Option("--framework <id>", "The framework; by default the one that is found").choices(
				frameworks.map(({ id }) => id),
			),
		)
		.option("--no-install", "Install no packages")
		.addHelpText("after", details)
		.action(async (options: InitCommandOptions) => {
			const { runInit } = await import("./run-init.js");
			await runInit(options, context);
		});
