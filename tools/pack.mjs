import { mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { run } from "./command.mjs";

/** Packs a package as it would be published and puts the tarball at `to`. */
export async function pack(folder, to) {
	const target = await mkdtemp(join(dirname(to), "pack-"));
	await run("pnpm", ["--dir", folder, "pack", "--pack-destination", target]);
	// pnpm names the file after package and version; the checks want a name they know
	const [file] = await readdir(target);
	await rename(join(target, file), to);
	await rm(target, { recursive: true });
}
