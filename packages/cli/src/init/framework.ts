import type { Project } from "./project.js";

/** A file to write. */
export interface PlannedFile {
	/** Relative to the project, with slashes. */
	readonly path: string;
	readonly content: string;
}

/** What is written for a framework. */
export interface Plan {
	/** The table. */
	readonly uploads: string;
	/** All other files, by what imports the table. */
	readonly files: readonly PlannedFile[];
	/** What is left to do by hand, with code to paste. */
	readonly steps: readonly string[];
}

/** What a plan may depend on. */
export interface PlanInput {
	readonly project: Project;
	/** `src/` where the project has that folder, else empty. */
	readonly src: string;
	/** Where a table is already, which stays. */
	readonly ownTable: string | undefined;
}

/** A framework whose handler and client we can write. */
export interface Framework {
	readonly id: string;
	readonly name: string;
	/** Whether the project uses it. */
	isUsed(project: Project): boolean | Promise<boolean>;
	plan(input: PlanInput): Plan | Promise<Plan>;
}

/** Whether a project depends on one of these packages. */
export const dependsOn =
	(...names: readonly string[]): Framework["isUsed"] =>
	({ dependencies }) =>
		names.some((name) => name in dependencies);

/**
 * How one file of a project imports another.
 *
 * @param from - The importing file, relative to the project.
 * @param to - The imported one.
 * @param ending - Of the specifier; bundlers need none.
 */
export function importPath(from: string, to: string, ending: "" | ".ts" | ".js" = ""): string {
	const [base, target] = [from.split("/").slice(0, -1), to.replace(/\.ts$/, "").split("/")];
	while (base.length > 0 && target.length > 1 && base[0] === target[0]) {
		base.shift();
		target.shift();
	}
	const up = base.length === 0 ? "./" : "../".repeat(base.length);
	return up + target.join("/") + ending;
}

/** The statement by which a file of the project takes a name from one that was written. */
export const importStatement = ({ usesRequire }: Project, name: string, path: string): string =>
	usesRequire ? `const { ${name} } = require("${path}");` : `import { ${name} } from "${path}";`;
