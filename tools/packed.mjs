import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "./command.mjs";

/** The packages that users install, by name, and the folder of each. */
export const packages = {
	"@skyput/server": "packages/server",
	"@skyput/client": "packages/client",
	"@skyput/testing": "packages/testing",
	skyput: "packages/cli",
};

/**
 * Packs the packages as they would be published.
 *
 * @param {string} folder where to put the tarballs
 * @returns {Promise<Readonly<Record<string, string>>>} the file of each, by the package's name
 */
export async function packPackages(folder) {
	const tarballs = {};
	for (const [name, source] of Object.entries(packages)) {
		tarballs[name] = join(folder, `${name.replace("@skyput/", "skyput-")}.tgz`);
		await run("pnpm", ["--dir", source, "pack", "--out", tarballs[name]]);
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

/** The names by which users import the entry points of an installed package. */
export async function entryPoints(folder, name) {
	const manifest = await readFile(join(folder, "node_modules", name, "package.json"), "utf8");
	return Object.keys(JSON.parse(manifest).exports)
		.filter((subpath) => !subpath.endsWith(".json"))
		.map((subpath) => name + subpath.slice(1));
}
