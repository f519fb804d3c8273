import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.mjs";
import { pack } from "./pack.mjs";

/** The packages that users install. */
const packages = ["server", "client", "testing"];

/**
 * Packs the packages as they would be published.
 *
 * @param {string} folder where to put the tarballs
 * @returns {Promise<Readonly<Record<string, string>>>} the file of each, by the package's name
 */
export async function packPackages(folder) {
	const tarballs = {};
	for (const name of packages) {
		const file = join(folder, `skyput-${name}.tgz`);
		await pack(join("packages", name), file);
		tarballs[`@skyput/${name}`] = file;
	}
	return tarballs;
}

/** Installs a project by npm, as a user would, with the tarballs in place of what the registry has. */
export async function installPacked(folder, tarballs) {
	const file = join(folder, "package.json");
	const manifest = JSON.parse(await readFile(file, "utf8"));
	for (const kind of ["dependencies", "devDependencies"]) {
		for (const name of Object.keys(manifest[kind] ?? {})) {
			if (name in tarballs) manifest[kind][name] = `file:${tarballs[name]}`;
		}
	}
	await writeFile(file, JSON.stringify(manifest));
	await run("npm", ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"], {
		cwd: folder,
	});
}
