import { glob, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseDocument, visit } from "yaml";
import { root } from "./command.mjs";

/** Checks every workflow of the repository. @throws {Error} that lists all that is wrong */
export async function checkWorkflows() {
	const problems = [];
	for await (const file of glob(".github/workflows/*.{yml,yaml}", { cwd: root })) {
		const text = await readFile(join(root, file), "utf8");
		problems.push(...workflowProblems(text).map((problem) => `${file}: ${problem}`));
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}

/**
 * A tag of an action can be moved to other code, a commit cannot; the comment names its version for
 * people and Dependabot. Without `permissions` a job may do whatever the repository's default allows.
 *
 * @param {string} text a workflow, in YAML
 * @returns {string[]} a sentence for each problem
 */
export function workflowProblems(text) {
	const workflow = parseDocument(text);
	const problems = workflow.has("permissions") ? [] : ["states no `permissions` for all its jobs"];
	visit(workflow, {
		Pair(_, { key, value }) {
			if (key.value !== "uses" || value.value.startsWith("./")) return;
			const pinned = /@[0-9a-f]{40}$/.test(value.value) && /^ v\d+\.\d+\.\d+$/.test(value.comment);
			if (!pinned) {
				problems.push(`\`${value.value}\` is not pinned as \`@<full commit> # v<version>\``);
			}
		},
	});
	return problems;
}
