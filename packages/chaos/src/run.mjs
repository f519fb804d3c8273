import { randomBytes } from "node:crypto";
import { localAddresses } from "./local-addresses.mjs";
import { printFaults, printSummary } from "./report.mjs";
import { endUpload, runCases } from "./run-cases.mjs";
import { openPages } from "./run-in-pages.mjs";
import { runUpload } from "./run-upload.mjs";
import { drawUploadSpecs, isMultipart, largest, rules } from "./upload-specs.mjs";
import { countLostCreates, findProblem, keepsParts, lostAbort } from "./verify-outcome.mjs";

/** How many uploads are drawn, and how many run at once. Pages are slower, and favour multipart uploads. */
const runs = {
	node: {
		concurrency: 8,
		full: { count: 1000, total: 15e9 },
		short: { count: 60, total: 1e9 },
	},
	browser: {
		concurrency: 3,
		full: { count: 30, total: 2e9, least: 1e6, among: [...rules, "parts"] },
		short: { count: 12, total: 0.4e9, least: 1e6, among: [...rules, "parts"] },
	},
};
/** The share of all requests to hit. */
const rate = 0.2;

/** @returns whether every upload ended correctly */
export async function run({ cloud, seed, short, only, engine, fault, signal }) {
	const { concurrency, ...limits } = runs[engine ? "browser" : "node"];
	const { count, ...limit } = short ? limits.short : limits.full;
	const addresses = await localAddresses();
	const sender = engine ? await openPages(engine, seed, signal) : { runUpload, close: () => {} };
	try {
		const options = { rate, only: fault, addresses };
		return await runCases({ cloud, seed, short }, options, {
			uploadAll(backend, folder) {
				const drawn = drawUploadSpecs(seed, {
					...limit,
					count: Math.ceil(count / backend.slowness),
				});
				const specs = only ? drawn.filter(({ number }) => only.includes(number)) : drawn;
				const upload = (spec, bytes) => sender.runUpload(spec, backend, bytes, folder);
				return uploadAll({ specs, concurrency, upload, backend, signal });
			},
			verify,
			print(summary) {
				printFaults(summary.faults, summary.cases);
				printSummary(summary);
			},
		});
	} finally {
		await sender.close();
	}
}

async function uploadAll({ specs, concurrency, upload, backend, signal }) {
	const buffer = randomBytes(largest);
	const queue = specs.values();
	const ended = [];
	const worker = async () => {
		for (const spec of queue) {
			signal.throwIfAborted();
			const bytes = buffer.subarray(spec.offset, spec.offset + spec.size);
			const outcome = await upload(spec, bytes);
			ended.push({ spec, outcome, stored: await endUpload(backend, spec, bytes) });
			if (ended.length % 100 === 0) process.stderr.write(`> ${ended.length} uploads\n`);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
	return ended;
}

function verify({ spec, outcome, stored, requests, left }, backend) {
	const lost = countLostCreates(spec, requests, backend.createOperations);
	// a response may also reach a page while it is reloaded or offline
	const interruptions = isMultipart(spec) ? (outcome.interruptions ?? 0) : 0;
	const mayStay = keepsParts(outcome) || lostAbort(outcome, requests);
	const most = lost + interruptions + (mayStay ? 1 : 0);
	const problem =
		findProblem({ spec, outcome, stored, requests }, backend) ??
		(left >= lost && left <= most
			? undefined
			: `${left} multipart uploads are left over instead of ${lost}`);
	return { problem };
}
