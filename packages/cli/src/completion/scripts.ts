import type { DescribedCommand, DescribedOption } from "./describe-commands.js";

/** Inside of single quotes of a shell. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const namesOf = ({ long, short }: DescribedOption): string[] => (short ? [short, long] : [long]);

function bash(commands: readonly DescribedCommand[]): string {
	const values = commands.flatMap(({ name, options }) =>
		options
			.filter(({ takesValue }) => takesValue)
			.map((option) => {
				const patterns = namesOf(option).map((flag) => quote(`${name} ${flag}`));
				return `		${patterns.join("|")}) words=${quote(option.choices.join(" "))} ;;`;
			}),
	);
	const options = commands.map(
		({ name, options, choices }) =>
			`		${name}) flags=${quote(options.flatMap(namesOf).join(" "))} words=${quote(choices.join(" "))} ;;`,
	);
	return `_skyput() {
	local current=\${COMP_WORDS[COMP_CWORD]} command=\${COMP_WORDS[1]} flags='' words=''
	local before="$command \${COMP_WORDS[COMP_CWORD-1]}"
	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		COMPREPLY=($(compgen -W ${quote([...commands.map(({ name }) => name), "--help", "--version"].join(" "))} -- "$current"))
		return
	fi
	case $before in
${values.join("\n")}
		*)
			case $command in
${options.map((line) => `		${line}`).join("\n")}
			esac
			[[ $current == -* ]] && words=$flags
			;;
	esac
	# without words, bash completes files
	[[ -z $words ]] || COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _skyput skyput
`;
}

function zsh(commands: readonly DescribedCommand[]): string {
	const plain = (text: string): string => text.replaceAll(/([\\[\]:])/g, "\\$1");
	const argument = (option: DescribedOption): string => {
		const { long, short, description, takesValue, choices } = option;
		const values = choices.length > 0 ? `(${choices.join(" ")})` : "_files";
		const rest = quote(`[${plain(description)}]${takesValue ? `:value:${values}` : ""}`);
		return short ? `'*'{${short},${long}}${rest}` : `${quote(`*${long}`)}${rest}`;
	};
	const cases = commands.map(({ name, options, choices }) => {
		const rest = quote(`*:argument:${choices.length > 0 ? `(${choices.join(" ")})` : "_files"}`);
		return `		${name}) _arguments ${[...options.map(argument), rest].join(" ")} ;;`;
	});
	return `#compdef skyput
_skyput() {
	local -a commands=(${commands.map(({ name, description }) => quote(`${name}:${plain(description)}`)).join(" ")})
	if ((CURRENT == 2)); then
		_describe command commands
		return
	fi
	local command=$words[2]
	shift words
	((CURRENT--))
	case $command in
${cases.join("\n")}
	esac
}
compdef _skyput skyput
`;
}

function fish(commands: readonly DescribedCommand[]): string {
	const lines = commands.flatMap(({ name, description, options, choices }) => [
		`complete -c skyput -n __fish_use_subcommand -f -a ${name} -d ${quote(description)}`,
		...(choices.length > 0
			? [
					`complete -c skyput -n ${quote(`__fish_seen_subcommand_from ${name}`)} -f -a ${quote(choices.join(" "))}`,
				]
			: []),
		...options.map(({ long, short, description, takesValue, choices }) =>
			[
				`complete -c skyput -n ${quote(`__fish_seen_subcommand_from ${name}`)}`,
				...(short ? [`-s ${short.slice(1)}`] : []),
				`-l ${long.slice(2)}`,
				...(choices.length > 0 ? [`-x -a ${quote(choices.join(" "))}`] : takesValue ? ["-r"] : []),
				`-d ${quote(description)}`,
			].join(" "),
		),
	]);
	return `${lines.join("\n")}\n`;
}

/** The completion script of each shell. */
export const scripts = { bash, zsh, fish } as const;
