import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { findClamd, startClamd } from "../../../tools/start-clamd.ts";
import { largeZip, noise, zeros } from "./steps/contents.mjs";
import { serveContent } from "./steps/serve-content.mjs";
import { stopped } from "./stopped.mjs";

export const title = "Steps after the upload: large objects through the object handler";

export const missing = () =>
	findClamd() ? undefined : "clamd: apt-get install --no-install-recommends clamav-daemon";

const program = fileURLToPath(new URL("./steps/one-object.mjs", import.meta.url));
const own = "sniffType,maxPixels,archiveLimits,checksum";
const GB = 1e9;

/** MiB; unlike times, memory does not depend on what else the machine does. */
const maxMemory = 180;

/** @param {number} unit bytes that stand for 1 GB */
const cases = (unit) => [
	{
		name: "5 GB of noise",
		content: () => noise(5 * unit),
		steps: own,
		type: "application/octet-stream",
	},
	{
		name: "5 GB zip, 10 GB unpacked",
		content: () => largeZip(5 * unit),
		steps: own,
		type: "application/zip",
	},
	{
		name: "6 GB of zeros",
		content: () => zeros(6 * unit),
		steps: own,
		type: "application/octet-stream",
	},
	{
		name: "1.5 GB, clamav",
		content: () => noise(1.5 * unit),
		steps: `${own},clamav`,
		type: "application/octet-stream",
	},
	{
		name: "6 GB, clamav: beyond its limits",
		content: () => zeros(6 * unit),
		steps: "clamav",
		type: "application/octet-stream",
		verdict: "unscannable",
	},
];

export async function run({ quick }) {
	const unit = quick ? GB / 100 : GB;
	const [file, all] = [Math.ceil(1.6 * unit), 2 * unit];
	const clamd = await startClamd({
		StreamMaxLength: `${file}`,
		MaxFileSize: `${file}`,
		MaxScanSize: `${all}`,
		MaxScanTime: "600000",
	});
	const { host, port } = clamd;
	const limits = { maxStreamSize: file, maxFileSize: file, maxScanSize: all };
	const clamav = JSON.stringify({ host, port, ...limits, maxAge: false, timeout: 600 });
	const rows = [];
	try {
		for (const { name, content, steps, type, verdict = "clean" } of cases(unit)) {
			stopped.throwIfAborted();
			const made = content();
			const served = await serveContent(made);
			const words = [served.url, `${made.size}`, type, steps, clamav];
			const { stdout } = await promisify(execFile)(process.execPath, [program, ...words], {
				signal: stopped,
			}).finally(() => served.close());
			const { outcome, seconds, cpuSeconds, rssMiB } = JSON.parse(stdout);
			if (outcome.verdict !== verdict) throw new Error(`${name}: ${JSON.stringify(outcome)}`);
			if (rssMiB > maxMemory) throw new Error(`${name}: took ${rssMiB} MiB of memory.`);
			rows.push({
				object: name,
				seconds,
				"CPU s/GiB": cpuSeconds / (made.size / 2 ** 30),
				"peak RSS MiB": rssMiB,
				"bytes read / size": served.sent() / made.size,
			});
		}
	} finally {
		await clamd.close();
	}
	const worst = (column) => Math.max(...rows.map((row) => row[column]));
	return {
		rows,
		targets: [
			{ name: "peak of memory", value: worst("peak RSS MiB"), atMost: maxMemory, unit: "MiB" },
			{
				name: "bytes read of each byte",
				value: worst("bytes read / size"),
				atMost: 1.05,
				unit: "x",
			},
		],
	};
}
