// Runs a root script with the toolchain this repository needs: Node >= 22.20 and pnpm 12. What a
// machine lacks comes from the npm registry through npx, which caches it; nothing is installed
// globally and no install script runs. This file itself runs on Node 18 and later.
//
// usage in package.json: "test": "node tools/run.mjs vitest run"
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";

const NODE = "24.21.0";
const PNPM = "12.21.0";
const windows = process.platform === "win32";
const self = fileURLToPath(import.meta.url);
const args = process.argv.slice(2);

// Ctrl-C reaches the command as well, which may have things to put away: this waits for its end.
process.on("SIGINT", () => {});

function run(command, words, options = {}) {
	const result = spawnSync(command, words, { stdio: "inherit", shell: windows, ...options });
	if (result.error) throw result.error;
	return result.status ?? 128 + constants.signals[result.signal];
}

function atLeast(version, major, minor) {
	const [x = 0, y = 0] = version.replace(/^v/, "").split(".").map(Number);
	return x > major || (x === major && y >= minor);
}

function pnpmOnPath() {
	const result = spawnSync("pnpm", ["--version"], { encoding: "utf8", shell: windows });
	return result.status === 0 ? result.stdout.trim().split("\n").at(-1) : "0.0";
}

const nodeOk = atLeast(process.version, 22, 20);

if (nodeOk && atLeast(pnpmOnPath(), 12, 0)) {
	const quiet = ["--frozen-lockfile", "--prefer-offline", "--reporter=append-only"];
	const install = spawnSync("pnpm", ["install", ...quiet], {
		// stdout belongs to the command that follows; what the install has to say goes to stderr
		stdio: ["inherit", 2, 2],
		shell: windows,
	});
	if (install.error) throw install.error;
	if (install.status !== 0) process.exit(install.status ?? 1);
	// the packages that npx was given below: an npx of a script would add them to its own
	delete process.env.npm_config_package;
	process.exit(run("pnpm", ["exec", ...args]));
}

if (process.env.SKYPUT_TOOLCHAIN === "npx") {
	throw new Error(`npx did not provide Node >= 22.20 and pnpm 12 (found Node ${process.version})`);
}
const packages = ["-p", `pnpm@${PNPM}`];
if (!nodeOk) {
	// The plain binary: the package `node` would need an install script to fetch it.
	const platform = windows ? "win" : process.platform;
	const prefix = platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
	packages.push("-p", `${prefix}-${platform}-${process.arch}@${NODE}`);
}
console.error(
	`> Node ${process.version}, so: ${packages.filter((p) => p !== "-p").join(" and ")} from the npm registry`,
);
process.exit(
	run("npx", ["--yes", "--prefer-offline", ...packages, "node", self, ...args], {
		env: { ...process.env, SKYPUT_TOOLCHAIN: "npx" },
	}),
);
