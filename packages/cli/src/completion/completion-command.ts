import { Argument, Command } from "commander";
import type { CommandFactory } from "../context.js";

const shells = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof shells)[number];

const details = `
Install it:
  bash  echo 'eval "$(skyput completion bash)"' >> ~/.bashrc
  zsh   echo 'eval "$(skyput completion zsh)"' >> ~/.zshrc    # after compinit
  fish  skyput completion fish > ~/.config/fish/completions/skyput.fish`;

export const completionCommand: CommandFactory = ({ output }) =>
	new Command("completion")
		.summary("Print a completion script for your shell")
		.description("Print a script that completes commands, options and files in your shell.")
		.addArgument(new Argument("<shell>", "Your shell").choices(shells))
		.addHelpText("after", details)
		.action(async (shell: Shell, _options: unknown, { parent }: Command) => {
			const [{ describeCommands }, { scripts }] = await Promise.all([
				import("./describe-commands.js"),
				import("./scripts.js"),
			]);
			const script = scripts[shell](describeCommands(parent as Command));
			output.print(script.trimEnd());
			output.document({ shell, script });
		});
