/** Where files of this page may go, for one pattern of the table. */
export interface Target {
	readonly pattern: string;
	/** A key in which `{path}` and `{name}` stand for the file's path in its folder and its name. */
	readonly key: string;
	/** What the rule allows, for people. */
	readonly hint: string;
}

/** What the server that serves the page writes into its HTML: see README.md. */
interface Config {
	readonly targets: readonly [Target, ...Target[]];
	/**
	 * Faults that the server can switch on by `POST /faults`, and the one that is; a boolean stands for `bad-network`
	 * alone. Absent: none.
	 */
	readonly faults?: boolean | { readonly choices: readonly string[]; readonly on: string };
}

const text = document.getElementById("config")?.textContent ?? "";
const { targets, faults: given }: Config = JSON.parse(text);

export { targets };

export const faults =
	typeof given === "boolean"
		? { choices: ["bad-network"], on: given ? "bad-network" : "none" }
		: given;

/**
 * @param target - Of the config.
 * @param path - In a chosen folder.
 * @returns The key of a chosen file.
 */
export const keyFor = ({ key }: Target, path: string): string =>
	key.replace("{path}", () => path).replace("{name}", () => path.slice(path.lastIndexOf("/") + 1));
