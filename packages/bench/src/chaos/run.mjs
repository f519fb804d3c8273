import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stopped } from "../stopped.mjs";
import { carryOut } from "./carry-out.mjs";
import { startCloud } from "./cloud.mjs";
import { drawErrands, largest } from "./errands.mjs";
import { countLostCreates, findWrong } from "./judge.mjs";
import { printFaults, printStory, printVerdict } from "./report.mjs";

/** Uploads at once. */
const lanes = 8;
/** The share of all requests that is hit. */
const rate = 0.2;

/** @returns whether every upload ended as it should */
export async function runChaos({ seed, short, only }) {
	const began = performance.now();
	const drawn = short ? drawErrands(seed, 60, 1e9) : drawErrands(seed, 1000, 15e9);
	const errands = only ? drawn.filter(({ number }) => only.includes(number)) : drawn;
	const folder = await mkdtemp(join(tmpdir(), "skyput-chaos-"));
	const cloud = await startCloud({ seed, rate, dir: join(folder, "storage") });
	// the handler logs what the storage refuses it: hundreds of lines that say no more than the table
	const { error: log } = console;
	console.error = () => {};
	try {
		const ends = await runAll(errands, cloud, folder);
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
		await cloud.close();
		await rm(folder, { recursive: true, force: true });
	}
}

async function runAll(errands, cloud, folder) {
	const pool = randomBytes(largest);
	const queue = errands.values();
	const ends = [];
	const lane = async () => {
		for (const errand of queue) {
			stopped.throwIfAborted();
			const bytes = pool.subarray(errand.offset, errand.offset + errand.size);
			const end = await carryOut(errand, cloud, bytes, folder);
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

/** What stands at a key: the very bytes, nothing, or something else. */
async function compare(provider, key, bytes) {
	const { url } = await provider.signDownload(key, { expiresIn: 600 });
	const answer = await fetch(url);
	if (answer.status === 404) {
		await answer.body?.cancel();
		return "none";
	}
	if (!answer.ok) throw new Error(`${key} cannot be read back: HTTP ${answer.status}`);
	let size = 0;
	let equal = true;
	for await (const chunk of answer.body) {
		equal &&= bytes.subarray(size, size + chunk.length).equals(chunk);
		size += chunk.length;
	}
	return equal && size === bytes.length ? "own" : "other";
}

/** Milliseconds after which a call hangs that nobody waits for: a handler gives its storage 26 s. */
const longestAftermath = 60_000;

/** Resolves once nothing has happened any more for a while: calls go on after their upload has ended. */
async function settled({ logs }) {
	const deadline = performance.now() + longestAftermath;
	for (let seen = -1; ; ) {
		const requests = [...logs.storage, ...logs.handler];
		const open = requests.filter(({ over }) => !over);
		if (requests.length === seen && open.length === 0) return;
		if (performance.now() > deadline) {
			const names = open.map(({ operation, path, fault }) => `${operation} ${path} (${fault})`);
			throw new Error(`There is no end to it: ${names.join() || "new requests all the time"}`);
		}
		seen = requests.length;
		await sleep(2_000);
	}
}

function judge({ errand, end, stored }, { logs, bucket, faults }, open) {
	const { number, key } = errand;
	const requests = [
		...logs.handler.filter(({ path }) => path.split("/")[1] === `${number}`),
		...logs.storage.filter(({ path }) => path === `/${bucket}/${key}`),
	].sort((a, b) => a.at - b.at);
	const left = open.filter((name) => name === key).length;
	const lost = countLostCreates(errand, requests);
	const wrong =
		findWrong(errand, end, stored, requests, faults) ??
		(left === lost ? undefined : `${left} multipart uploads stay behind instead of ${lost}`);
	return { errand, end, stored, requests, left, wrong };
}
