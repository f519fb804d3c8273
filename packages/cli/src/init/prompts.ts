import { confirm, isCancel, select } from "@clack/prompts";
import { CommandError } from "../errors.js";
import type { Framework } from "./framework.js";

/** Asks for the framework; plain Node is found where there is no other. @throws CommandError `stopped` */
export async function askFramework(
	frameworks: readonly Framework[],
	found: Framework,
): Promise<Framework> {
	const answer = await select({
		message: "Which framework runs your server?",
		options: frameworks.map((framework) => ({
			value: framework,
			label: framework.name,
			...(framework === found && found.id !== "node" ? { hint: "found in this project" } : {}),
		})),
		initialValue: found,
	});
	return orStop(answer);
}

/** Asks whether to write. @throws CommandError `stopped` for a no, too */
export async function askToWrite(paths: readonly string[]): Promise<void> {
	const list = paths.map((path) => `  ${path}`).join("\n");
	if (!orStop(await confirm({ message: `Write these files?\n${list}` }))) throw stopped();
}

function orStop<Answer>(answer: Answer): Exclude<Answer, symbol> {
	if (!isCancel(answer)) return answer as Exclude<Answer, symbol>;
	throw stopped();
}

const stopped = (): CommandError => new CommandError("stopped", "stopped; nothing was written.");
