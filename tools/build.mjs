import { glob, stat } from "node:fs/promises";
import { join } from "node:path";
import { root, run } from "./command.mjs";

const sources = "packages/{protocol,server,client,testing,cli}/{src/**/*.ts,*.json,*.ts}";
/** The last thing that each package's build writes. */
const results = [
	"packages/server/dist/index.d.ts",
	"packages/client/dist/node/index.d.ts",
	"packages/testing/dist/index.d.ts",
	"packages/cli/dist/main.js",
];

const changed = async (file) => (await stat(join(root, file))).mtimeMs;

async function isFresh() {
	try {
		const built = Math.min(...(await Promise.all(results.map(changed))));
		for await (const file of glob(sources, { cwd: root })) {
			if ((await changed(file)) > built) return false;
		}
		return true;
	} catch (error) {
		if (error.code === "ENOENT") return false;
		throw error;
	}
}

/** Builds the packages, unless what was built last is newer than every source. */
export async function buildIfStale() {
	if (await isFresh()) return;
	console.error("> building the packages");
	await run("pnpm", ["-r", "--filter", "./packages/*", "run", "build"]);
}
