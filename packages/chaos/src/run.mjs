import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printFaults, printStory, printVerdict } from "./report.mjs";
import { openPages } from "./run-in-pages.mjs";
import { carryOut } from "./run-upload.mjs";
import { startCloud } from "./start-backend.mjs";
import { drawErrands, goesInParts, largest, rules } from "./upload-specs.mjs";
import { countLostCreates, findWrong } from "./verify-outcome.mjs";
import { compare, settled } from "./verify-storage.mjs";

/**
 * What is drawn, and how many uploads run at once. A page has more to it than an upload, and only parts
 * outlive its reload.
 */
const runs = {
	node: {
		lanes: 8,
		full: { count: 1000, total: 15e9 },
		short: { count: 60, total: 1e9 },
	},
	chromium: {
		lanes: 3,
		full: { count: 30, total: 2e9, least: 1e6, among: [...rules, "parts"] },
		short: { count: 12, total: 0.4e9, least: 1e6, among: [...rules, "parts"] },
	},
};
/** The share of all requests that is hit. */
const rate = 0.2;

/** @returns whether every upload ended as it should */
export async function run({ seed, short, only, chromium, signal }) {
	const began = performance.now();
	const { lanes, ...draws } = runs[chromium ? "chromium" : "node"];
	const drawn = drawErrands(seed, short ? draws.short : draws.full);
	const errands = only ? drawn.filter(({ number }) => only.includes(number)) : drawn;
	const folder = await mkdtemp(join(tmpdir(), "skyput-chaos-"));
	const cloud = await startCloud({ seed, rate, dir: join(folder, "storage") });
	const sender = chromium ? await openPages(seed, signal) : { carryOut, close: () => {} };
	// the handler logs what the storage refuses it: hundreds of lines that say no more than the table
	const { error: log } = console;
	console.error = () => {};
	try {
		const ends = await runAll(
			errands,
			lanes,
			(...errand) => sender.carryOut(...errand, folder),
			cloud,
			signal,
		);
		await settled(cloud);
		const open = await cloud.openUploads();
		const cases = ends.map((end) => judge(end, cloud, open));
		printFaults(cloud.faults, cases);
		const bad = cases.filter(({ wrong }) => wrong !== undefined);
		for (const one of bad) printStory(one);
		printVerdict({ seed, short, cases, bad, seconds: (performance.now() - began) / 1000 });
		return bad.length === 0;
	} finally {
		console.error = log;
		await sender.close();
		await cloud.close();
		await rm(folder, { recursive: true, force: true });
	}
}

async function runAll(errands, lanes, carryOut, cloud, signal) {
	const pool = randomBytes(largest);
	const queue = errands.values();
	const ends = [];
	const lane = async () => {
		for (const errand of queue) {
			signal.throwIfAborted();
			const bytes = pool.subarray(errand.offset, errand.offset + errand.size);
			const end = await carryOut(errand, cloud, bytes);
			const stored = await compare(cloud.provider, errand.key, bytes);
			// a big run would need as much disk as it sends
			if (stored === "own") await cloud.provider.delete(errand.key);
			ends.push({ errand, end, stored });
			if (ends.length % 100 === 0) process.stderr.write(`> ${ends.length} uploads\n`);
		}
	};
	await Promise.all(Array.from({ length: lanes }, lane));
	return ends.sort((a, b) => a.errand.number - b.errand.number);
}

function judge({ errand, end, stored }, { logs, bucket, faults }, open) {
	const { number, key } = errand;
	const requests = [
		...logs.handler.filter(({ path }) => path.split("/")[1] === `${number}`),
		...logs.storage.filter(({ path }) => path === `/${bucket}/${key}`),
	].sort((a, b) => a.at - b.at);
	const left = open.filter((name) => name === key).length;
	const lost = countLostCreates(errand, requests);
	// an answer may reach a page that is being reloaded, or cut off, and is heard by nobody
	const most = lost + (goesInParts(errand) ? (end.interruptions ?? 0) : 0);
	const wrong =
		findWrong(errand, end, stored, requests, faults) ??
		(left >= lost && left <= most
			? undefined
			: `${left} multipart uploads stay behind instead of ${lost}`);
	return { errand, end, stored, requests, left, wrong };
}
