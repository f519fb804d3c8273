import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.mjs";

const rules = 50;
const calls = 100;
/** Instantiations of types, twice what is needed today. Unlike seconds, they do not depend on the load. */
const most = 600_000;

const rule = (n) => `	"area${n}/:userId/folder${n}/:name": {
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		metadata: z.object({ title: z.string(), n${n}: z.number() }),
		onComplete: ({ key, metadata }) => ({ key, n: metadata.n${n} }),
	},`;

const call = (n) => {
	const options = `{ metadata: { title: "", n${n % rules}: 1 } }`;
	const key = (id) => `area${n % rules}/${id}/folder${n % rules}/x.png`;
	return `export const a${n} = client.uploadFile(file, "${key(n)}", ${options}).then(({ data }) => data.n);
export const b${n} = client.uploadFile(file, \`${key(`\${id}`)}\`, ${options}).then(({ data }) => data.n);`;
};

const times = (count, text) => Array.from({ length: count }, (_, n) => text(n)).join("\n");

/**
 * Compiles a table of 50 rules and 200 uploads, and counts what the compiler has to work out.
 *
 * @param {string} folder where the packages and zod are installed
 * @param {string} compiler the name of an installed TypeScript
 * @throws {Error} with the count, when there is too much of it
 */
export async function checkLargeTable(folder, compiler) {
	const source = `import { createClient } from "@skyput/client";
import { defineUploads } from "@skyput/server";
import { z } from "zod";

export const uploads = defineUploads({
${times(rules, rule)}
});
const client = createClient<typeof uploads>({ endpoint: "https://api.example.com/uploads" });
declare const file: Blob;
declare const id: string;
${times(calls, call)}
`;
	await writeFile(join(folder, "large-table.ts"), source);
	const config = { extends: "./tsconfig.nodenext.json", include: ["large-table.ts"] };
	await writeFile(join(folder, "tsconfig.large-table.json"), JSON.stringify(config));
	const tsc = join(folder, "node_modules", compiler, "bin/tsc");
	const words = ["-p", "tsconfig.large-table.json", "--skipLibCheck", "--extendedDiagnostics"];
	const output = await run("node", [tsc, ...words], { cwd: folder });
	const count = Number(/Instantiations: +(\d+)/.exec(output)?.[1]);
	if (!(count <= most)) {
		throw new Error(
			`${rules} rules and ${2 * calls} uploads take ${count} instantiations; at most ${most}`,
		);
	}
}
