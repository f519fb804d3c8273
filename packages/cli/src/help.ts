import { type Argument, type Command, Help, type HelpConfiguration, type Option } from "commander";

const plain = new Help();

/** What an option or argument is, the values that it takes, and a default that is worth saying. */
function describe({ description, argChoices, defaultValue }: Option | Argument): string {
	const notes = [
		...(argChoices ? [`one of ${argChoices.join(", ")}`] : []),
		...(typeof defaultValue === "string" || typeof defaultValue === "number"
			? [`default: ${defaultValue}`]
			: []),
	];
	return notes.length === 0 ? description : `${description} (${notes.join("; ")})`;
}

/** How the help of all commands looks: each lists `--json`, the one option that they share. */
export const helpConfiguration: HelpConfiguration = {
	styleTitle: (title) => `\u001b[1m${title}\u001b[22m`,
	subcommandTerm: (command) => command.name(),
	optionDescription: describe,
	argumentDescription: describe,
	visibleOptions(command: Command) {
		const shared = command.parent?.options.filter(({ long }) => long === "--json") ?? [];
		const options = plain.visibleOptions(command);
		// before --help, which stands at the end
		return [...options.slice(0, -1), ...shared, ...options.slice(-1)];
	},
};

/** The end of the help of `skyput` itself. */
export const programHelp = `
\`skyput <command> --help\` lists the options of a command, with examples.

Exit codes:
  0    done
  1    failed: the message says why and what to do
  2    wrong usage, or a file that the command needs is missing or wrong
  130  stopped by Ctrl-C (143 by SIGTERM); what was begun is cleaned up`;
