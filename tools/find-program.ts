import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

export interface ProgramNames {
	/** Environment variable that holds the path; when it is set, nothing else is tried. */
	readonly variable?: string;
	/** File names to look for on the PATH. */
	readonly names: readonly string[];
	/** Absolute paths to try after the PATH. */
	readonly paths?: readonly string[];
}

/** Path of the first of these programs that can be run; undefined where there is none. */
export function findProgram({ variable, names, paths = [] }: ProgramNames): string | undefined {
	const named = variable && process.env[variable];
	if (named) return isExecutable(named) ? named : undefined;
	const onPath = (process.env["PATH"] ?? "")
		.split(delimiter)
		.flatMap((folder) => names.map((name) => join(folder, name)));
	return [...onPath, ...paths].find(isExecutable);
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
