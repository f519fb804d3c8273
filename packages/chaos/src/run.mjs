import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChaosBackend } from "./backend.mjs";
import { localAddresses } from "./local-addresses.mjs";
import { printFaults, printSummary, printUpload } from "./report.mjs";
import { openPages } from "./run-in-pages.mjs";
import { runUpload } from "./run-upload.mjs";
import { drawUploadSpecs, isMultipart, largest, rules } from "./upload-specs.mjs";
import { countLostCreates, findProblem, keepsParts } from "./verify-outcome.mjs";
import { compareStored, untilIdle } from "./verify-storage.mjs";

/** How many uploads are drawn, and how many run at once. Pages are slower, and favour multipart uploads. */
const runs = {
	node: {
		concurrency: 8,
		full: { count: 1000, total: 15e9 },
		short: { count: 60, total: 1e9 },
	},
	chromium: {
		concurrency: 3,
		full: { count: 30, total: 2e9, least: 1e6, among: [...rules, "parts"] },
		short: { count: 12, total: 0.4e9, least: 1e6, among: [...rules, "parts"] },
	},
};
/** The share of all requests to hit. */
const rate = 0.2;

/** @returns whether every upload ended correctly */
export async function run({ cloud, seed, short, only, chromium, fault, signal }) {
	const began = performance.now();
	const { concurrency, ...limits } = runs[chromium ? "chromium" : "node"];
	const folder = await mkdtemp(join(tmpdir(), "skyput-chaos-"));
	const backend = await startChaosBackend({
		...{ cloud, seed, rate, dir: join(folder, "storage") },
		addresses: await localAddresses(),
		only: fault,
	});
	const { count, ...limit } = short ? limits.short : limits.full;
	const drawn = drawUploadSpecs(seed, { ...limit, count: Math.ceil(count / backend.slowness) });
	const specs = only ? drawn.filter(({ number }) => only.includes(number)) : drawn;
	const sender = chromium ? await openPages(seed, signal) : { runUpload, close: () => {} };
	try {
		const upload = (spec, bytes) => sender.runUpload(spec, backend, bytes, folder);
		const ended = await runAll({ specs, concurrency, upload, backend, signal });
		await untilIdle(backend);
		const open = await backend.openUploads();
		const cases = ended.map((one) => verify(one, backend, open));
		printFaults(backend.faults, cases);
		const failed = cases.filter(({ problem }) => problem !== undefined);
		for (const one of failed) printUpload(one);
		printSummary({
			cloud,
			seed,
			short,
			cases,
			failed,
			seconds: (performance.now() - began) / 1000,
		});
		return failed.length === 0;
	} finally {
		await sender.close();
		await backend.close();
		await rm(folder, { recursive: true, force: true });
	}
}

async function runAll({ specs, concurrency, upload, backend, signal }) {
	const buffer = randomBytes(largest);
	const queue = specs.values();
	const ended = [];
	const worker = async () => {
		for (const spec of queue) {
			signal.throwIfAborted();
			const bytes = buffer.subarray(spec.offset, spec.offset + spec.size);
			const outcome = await upload(spec, bytes);
			const stored = await compareStored(backend.provider, spec.key, bytes);
			// otherwise a full run needs 15 GB of disk
			if (stored === "own") await backend.provider.delete(spec.key);
			ended.push({ spec, outcome, stored });
			if (ended.length % 100 === 0) process.stderr.write(`> ${ended.length} uploads\n`);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
	return ended.sort((a, b) => a.spec.number - b.spec.number);
}

function verify({ spec, outcome, stored }, { logs, requestsTo, creates, faults }, open) {
	const { number, key } = spec;
	const requests = [
		...logs.handler.filter(({ path }) => path.split("/")[2] === `${number}`),
		...requestsTo(key),
	].sort((a, b) => a.at - b.at);
	const left = open.filter((name) => name === key).length;
	const lost = countLostCreates(spec, requests, creates);
	// a response may also reach a page while it is reloaded or offline
	const interruptions = isMultipart(spec) ? (outcome.interruptions ?? 0) : 0;
	const most = lost + interruptions + (keepsParts(outcome) ? 1 : 0);
	const problem =
		findProblem({ spec, outcome, stored, requests }, faults) ??
		(left >= lost && left <= most
			? undefined
			: `${left} multipart uploads are left over instead of ${lost}`);
	return { spec, outcome, stored, requests, left, problem };
}
