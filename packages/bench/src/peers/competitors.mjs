import { fileURLToPath } from "node:url";
import { timed } from "../timed.mjs";

/**
 * @typedef {object} Upload
 * @property {number} seconds from the call to its end, without the start of the process
 * @property {number} peakMiB the process' resident memory
 * @property {number} cpuSeconds of the whole process
 *
 * @typedef {object} Competitor
 * @property {(origin: string, path: string, env: Record<string, string>) => Promise<Upload>} upload
 * @property {(file: { size: number, crc32: string }) => readonly object[]} commits what the sink must
 *   have been told
 * @property {boolean} [ours]
 */

const partSize = 16 * 1024 * 1024;
const partsOf = (size) => Math.ceil(size / partSize);
const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Runs a program of this folder and parses what it prints. */
async function runProgram(name, words, env) {
	const command = [fromHere(name), ...words];
	const { stdout, cpuSeconds } = await timed(process.execPath, command, env);
	return { ...JSON.parse(stdout), cpuSeconds };
}

/** @returns {Competitor} */
const skyput = (checksum) => ({
	ours: true,
	upload: (origin, path, env) =>
		runProgram("./skyput-client.mjs", [`${origin}/uploads`, path, checksum ? "on" : "off"], env),
	commits: ({ size, crc32 }) => [
		{ size, parts: partsOf(size), ...(checksum ? { checksum: crc32 } : {}) },
	],
});

/** @type {Competitor} */
const curl = {
	upload: async (origin, path, env) => {
		// -q: ignore the user's configuration
		const words = ["-q", "-sS", "--fail", "--noproxy", "*", "-o", "/dev/null"];
		const trust = env.NODE_EXTRA_CA_CERTS ? ["--cacert", env.NODE_EXTRA_CA_CERTS] : [];
		const send = ["-T", path, "-w", "%{time_total}\n", `${origin}/object`];
		// the process itself reports its peak memory
		const peak = ["--next", "-sS", "file:///proc/self/status"];
		const { stdout, cpuSeconds } = await timed("curl", [...words, ...trust, ...send, ...peak]);
		const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(stdout);
		return {
			seconds: Number.parseFloat(stdout),
			peakMiB: Number(kibibytes) / 1024,
			cpuSeconds,
		};
	},
	commits: () => [],
};

/** @type {Competitor} */
const libStorage = {
	upload: (origin, path, env) => runProgram("./lib-storage-client.mjs", [origin, path], env),
	commits: ({ size }) => [{ parts: partsOf(size) }],
};

/**
 * The first is the baseline.
 *
 * @type {Readonly<Record<string, Competitor>>}
 */
export const competitors = {
	"curl -T": curl,
	"skyput, checksum: false": skyput(false),
	"skyput, checksum: true": skyput(true),
	"lib-storage": libStorage,
};
