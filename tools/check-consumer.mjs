import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { extractExamples } from "./check-docs.mjs";
import { checkLargeTable } from "./check-large-table.mjs";
import { root, run } from "./command.mjs";
import { entryPoints } from "./packed.mjs";

/** The oldest TypeScript that we promise and the newest, by their names in the fixture. */
const compilers = ["typescript-5", "typescript"];
/** The settings of the fixture; the last one compiles against the declarations that the others give. */
const projects = ["without-dom", "nodenext", "bundler", "imported"];

/** What `@skyput/server/handler` needs when it loads: it is configured by environment alone. */
const environment = {
	BUCKET_NAME: "a-bucket",
	AWS_REGION_NAME: "eu-west-1",
	AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
	AWS_SECRET_ACCESS_KEY: "not-a-secret",
};

/**
 * Installs the tarballs beside the fixture and the examples of the documents, as a user would.
 *
 * @param {string} folder where to put the consumer; made by this call
 * @param {Readonly<Record<string, string>>} tarballs by the package's name
 */
export async function prepareConsumer(folder, tarballs) {
	await cp(join(root, "tools/fixtures/consumer"), folder, { recursive: true });
	await extractExamples(join(folder, "docs"));
	const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
	const overrides = Object.fromEntries(
		Object.entries(tarballs).map(([name, tarball]) => [name, `file:${tarball}`]),
	);
	Object.assign(manifest.dependencies, overrides);
	await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
	// the packages depend on each other too; JSON is YAML
	await writeFile(join(folder, "pnpm-workspace.yaml"), JSON.stringify({ overrides }));
	await run("pnpm", ["install", "--prefer-offline", "--no-frozen-lockfile"], { cwd: folder });
}

/**
 * Type-checks the fixture and every example of the documents with `skipLibCheck: false` and `declaration: true`.
 * Publint and attw cannot see a type that silently became `any`, or that a user's declarations cannot name; the
 * fixture can.
 *
 * @param {string} folder of {@link prepareConsumer}
 */
export async function checkConsumerTypes(folder) {
	for (const compiler of compilers) {
		for (const project of projects) {
			const tsc = join(folder, "node_modules", compiler, "bin/tsc");
			await run("node", [tsc, "-p", `tsconfig.${project}.json`], { cwd: folder });
		}
	}
}

/** Compiles a large table with each compiler. @param {string} folder of {@link prepareConsumer} */
export async function checkTypeCost(folder) {
	for (const compiler of compilers) await checkLargeTable(folder, compiler);
}

/**
 * Loads every entry point in Node.
 *
 * @param {string} folder of {@link prepareConsumer}
 * @param {Readonly<Record<string, string>>} tarballs by the package's name
 */
export async function checkEntryPoints(folder, tarballs) {
	for (const name of Object.keys(tarballs)) {
		for (const entry of await entryPoints(folder, name)) {
			const script = `await import(${JSON.stringify(entry)})`;
			await run("node", ["--input-type=module", "-e", script], { cwd: folder, env: environment });
		}
	}
}
