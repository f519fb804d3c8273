import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
	elsewhere as clientElsewhere,
	defences as ofClient,
} from "../packages/client/test/defences.mjs";
import { faults as clientFaults } from "../packages/client/test/faults.mjs";
import {
	defences as ofServer,
	elsewhere as serverElsewhere,
} from "../packages/server/test/defences.mjs";
import { faults as serverFaults } from "../packages/server/test/faults.mjs";
import { root } from "./command.mjs";

/** Every defence, with paths from the root. */
export const defences = [
	...ofServer.map((defence) => at("packages/server", defence)),
	...ofClient.map((defence) => at("packages/client", defence)),
];
/** Every fault that was fixed, with paths from the root. */
export const faults = [
	...serverFaults.map((fault) => at("packages/server", fault)),
	...clientFaults.map((fault) => at("packages/client", fault)),
];
/** Beginnings of the rows of SECURITY.md whose defence is not code of the packages. */
const elsewhere = [...serverElsewhere, ...clientElsewhere];

function at(folder, { file, test, ...defence }) {
	return { ...defence, file: `${folder}/${file}`, test: join(folder, test) };
}

/** What is wrong with rows: what is to be removed stands exactly once, and the test has the name. */
async function problemsOf(rows) {
	const problems = [];
	const read = (path) => readFile(join(root, path), "utf8");
	for (const { defence, fault, file, search, test, name } of rows) {
		const title = defence ?? fault;
		const found = (await read(file)).split(search).length - 1;
		if (found !== 1)
			problems.push(`${title}: ${file} has ${found} times ${JSON.stringify(search)}`);
		const tests = await read(test);
		if (!tests.includes(JSON.stringify(name))) problems.push(`${title}: ${test} lacks "${name}"`);
	}
	return problems;
}

/**
 * Compares the fixed faults with the sources.
 *
 * @throws {Error} that lists all that is wrong
 */
export async function checkFaults() {
	const problems = await problemsOf(faults);
	if (problems.length > 0) throw new Error(problems.join("\n"));
}

/**
 * Compares the defences with the sources and with SECURITY.md, where each row that names tests has a defence with
 * one of them.
 *
 * @throws {Error} that lists all that is wrong
 */
export async function checkDefences() {
	const problems = await problemsOf(defences);
	const rows = (await readFile(join(root, "SECURITY.md"), "utf8"))
		.split("\n")
		.filter((line) => line.startsWith("|"));
	for (const row of rows) {
		const tests = [...row.matchAll(/\[([^\]]+)\]\((packages\/[^)#]+\.test\.ts)\)/g)];
		const title = row.split("|")[1].trim();
		const isKnown = tests.some(([, name, path]) =>
			defences.some((defence) => defence.name === name && defence.test === path),
		);
		if (tests.length === 0 || isKnown || elsewhere.some((start) => title.startsWith(start)))
			continue;
		problems.push(
			`SECURITY.md, "${title}": no defence in packages/*/test/defences.mjs has a test of this row`,
		);
	}
	if (problems.length > 0) throw new Error(problems.join("\n"));
}
