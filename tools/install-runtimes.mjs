// Installs the runtimes of `runtimes.ts` from the npm registry, for the tests alone: 470 MB that nobody
// else needs.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { runtimeSpecs, runtimes, runtimesFolder } from "./runtimes.ts";

const specs = runtimeSpecs();
if (specs.length > 0) {
	mkdirSync(runtimesFolder, { recursive: true });
	const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"];
	const { status } = spawnSync(
		"npm",
		["install", ...quiet, "--prefer-offline", "--prefix", runtimesFolder, ...specs],
		{ stdio: ["ignore", 2, 2] },
	);
	process.exitCode = status ?? 1;
} else {
	console.error(`No packages of ${runtimes.join(", ")} are known for this platform.`);
}
