import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { root } from "./command.mjs";
import { packages } from "./packed.mjs";

/** What npm and pnpm run on a user's machine when they install a package. */
const installScripts = ["preinstall", "install", "postinstall", "prepare", "prepublish"];

/** The files that decide what reaches a user. @typedef {{ manifests: readonly object[], workspace: object, audit: object, release: object, dependabot: object }} SupplyChain */

/** Checks what reaches users besides the code. @throws {Error} that lists all that is wrong */
export async function checkSupplyChain() {
	const read = (path) => readFile(join(root, path), "utf8");
	const manifests = await Promise.all(
		Object.values(packages).map(async (folder) => JSON.parse(await read(`${folder}/package.json`))),
	);
	const problems = supplyChainProblems({
		manifests,
		workspace: parse(await read("pnpm-workspace.yaml")),
		audit: parse(await read(".github/workflows/audit.yml")),
		release: parse(await read(".github/workflows/release.yml")),
		dependabot: parse(await read(".github/dependabot.yml")),
	});
	if (problems.length > 0) throw new Error(problems.join("\n"));
}

const stepsOf = ({ jobs }) => Object.values(jobs).flatMap((job) => [job, ...(job.steps ?? [])]);

/**
 * @param {SupplyChain} files parsed
 * @returns {string[]} a sentence for each problem
 */
export function supplyChainProblems({ manifests, workspace, audit, release, dependabot }) {
	const problems = manifests.flatMap(({ name, scripts = {} }) =>
		installScripts
			.filter((script) => script in scripts)
			.map((script) => `${name} has the script \`${script}\`, which runs when it is installed`),
	);
	for (const [name, runs] of Object.entries(workspace.allowBuilds ?? {})) {
		if (runs !== false) problems.push(`the install script of ${name} may run: allowBuilds`);
	}
	const audits = stepsOf(audit).filter(({ run = "" }) => run.includes(" audit "));
	const isSoft = stepsOf(audit).some(
		(step) => step["continue-on-error"] !== undefined || "if" in step,
	);
	if (audits.length === 0) problems.push("audit.yml runs no audit");
	if (isSoft || audits.some(({ run }) => /ignore-registry-errors|\|\||;/.test(run))) {
		problems.push("audit.yml passes where the audit cannot run");
	}
	const publish = stepsOf(release).filter(({ uses = "" }) => uses.includes("/publish@"));
	const signed = publish.filter(({ env }) => env?.PNPM_CONFIG_PROVENANCE === "true");
	if (publish.length === 0 || signed.length < publish.length) {
		problems.push("release.yml publishes without provenance");
	}
	const { directories } = dependabot.updates.find(
		(update) => update["package-ecosystem"] === "npm",
	);
	for (const pattern of workspace.packages ?? []) {
		const folder = /^!(.*)/.exec(pattern)?.[1];
		if (folder && !directories.includes(`/${folder}`)) {
			problems.push(`dependabot.yml leaves out /${folder}, which is not part of the workspace`);
		}
	}
	return problems;
}
