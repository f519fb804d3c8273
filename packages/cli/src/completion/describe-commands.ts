import type { Command, Option } from "commander";

/** An option as a shell completes it. */
export interface DescribedOption {
	/** `--json`. */
	readonly long: string;
	/** `-h`. */
	readonly short?: string | undefined;
	readonly description: string;
	/** Whether a value follows. */
	readonly takesValue: boolean;
	/** The values that it takes; empty for any. */
	readonly choices: readonly string[];
}

/** A command as a shell completes it. */
export interface DescribedCommand {
	readonly name: string;
	readonly description: string;
	readonly options: readonly DescribedOption[];
	/** What its first argument may be; empty for a file, or for what only the user knows. */
	readonly choices: readonly string[];
}

/** Reads the commands of a program. */
export function describeCommands(program: Command): DescribedCommand[] {
	return program.commands.map((command) => ({
		name: command.name(),
		description: command.summary() || command.description(),
		options: optionsOf(command),
		choices: command.registeredArguments[0]?.argChoices ?? [],
	}));
}

function optionsOf(command: Command): DescribedOption[] {
	const options: readonly Option[] = command.createHelp().visibleOptions(command);
	return options.flatMap((option) =>
		option.long
			? [
					{
						long: option.long,
						short: option.short,
						description: option.description,
						takesValue: option.required || option.optional,
						choices: option.argChoices ?? [],
					},
				]
			: [],
	);
}
