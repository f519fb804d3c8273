// Uploads whose process is killed at a random moment, and started again.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { printStory } from "./report.mjs";
import { startCloud } from "./start-backend.mjs";
import { createRandom } from "./upload-specs.mjs";
import { endedUnheard } from "./verify-outcome.mjs";
import { compare, settled } from "./verify-storage.mjs";

const program = fileURLToPath(new URL("./upload-process.mjs", import.meta.url));
const partSize = 5 * 1024 ** 2;
/** Of each file; the last one is shorter. */
const parts = { least: 3, most: 9 };
/** Parts in flight at once. */
const concurrency = 4;
/** Uploads at once. */
const lanes = 4;
/** Bytes per second of a connection: an upload takes long enough to be killed in the middle. */
const bandwidth = 30_000_000;

/** @returns whether every upload came to its end, and sent nothing twice that had arrived */
export async function run({ seed, short, signal }) {
	const began = performance.now();
	const count = short ? 10 : 200;
	const folder = await mkdtemp(join(tmpdir(), "skyput-kills-"));
	const cloud = await startCloud({ seed, rate: 0, dir: join(folder, "storage"), bandwidth });
	try {
		const ends = await runAll(seed, count, cloud, folder, signal);
		await settled(cloud);
		const open = await cloud.openUploads();
		const cases = ends.map((end) => judge(end, cloud, open));
		const bad = cases.filter(({ wrong }) => wrong !== undefined);
		for (const one of bad) printStory(one);
		printVerdict({ seed, short, cases, bad, seconds: (performance.now() - began) / 1000 });
		return bad.length === 0;
	} finally {
		await cloud.close();
		await rm(folder, { recursive: true, force: true });
	}
}

/** Until so many were really killed: some have ended when the moment comes. */
async function runAll(seed, count, cloud, folder, signal) {
	const random = createRandom(seed);
	const pool = randomBytes(parts.most * partSize);
	const ends = [];
	let begun = 0;
	let killed = 0;
	const lane = async () => {
		while (killed < count) {
			signal.throwIfAborted();
			const number = begun++;
			const size = Math.ceil(partSize * (parts.least - 1 + random() * (parts.most - parts.least)));
			// also before the first byte, and after the last
			const errand = { number, size, key: `parts/${number}`, killAt: random() * 1.2 - 0.1 };
			const delay = random() * 100;
			const bytes = pool.subarray(0, size);
			const path = join(folder, `${number}.bin`);
			await writeFile(path, bytes);
			const options = {
				path,
				key: errand.key,
				records: join(folder, "records"),
				endpoint: `${cloud.endpoint}/${number}`,
				concurrency,
				multipartThreshold: partSize,
			};
			const first = await uploadAndKill(options, Math.min(errand.killAt, 1) * size, delay, () =>
				partsOf(cloud, errand.key).filter(({ done }) => !done),
			);
			if (first.killedAt !== undefined) killed++;
			const end = first.end ?? (await start(options).ended);
			const stored = await compare(cloud.provider, errand.key, bytes);
			await rm(path);
			if (stored === "own") await cloud.provider.delete(errand.key);
			ends.push({ ...first, errand, end, stored });
			if (ends.length % 50 === 0) process.stderr.write(`> ${ends.length} uploads\n`);
		}
	};
	await Promise.all(Array.from({ length: lanes }, lane));
	return ends.sort((a, b) => a.errand.number - b.errand.number);
}

/** The requests so far that brought a part of it. */
const partsOf = ({ logs, bucket }, key) =>
	logs.storage.filter(
		({ operation, path }) => operation === "UploadPart" && path === `/${bucket}/${key}`,
	);

/** Kills it some milliseconds after so many bytes have left; negative = after its start. Tells what was in flight. */
async function uploadAndKill(options, bytes, delay, inFlight) {
	const { child, ended, reaches } = start(options);
	if (bytes >= 0) await Promise.race([reaches(bytes), ended]);
	await sleep(delay);
	child.kill("SIGKILL");
	const killedAt = performance.now();
	const under = inFlight();
	const end = await ended;
	return end ? { end } : { killedAt, under };
}

function start(options) {
	const child = fork(program, [JSON.stringify(options)], { execArgv: [] });
	let end;
	let left = 0;
	const marks = [];
	child.on("message", ({ loaded, ...told }) => {
		if (loaded === undefined) end = told;
		else {
			left = loaded;
			for (const look of marks) look();
		}
	});
	return {
		child,
		/** Resolves with what it told; undefined = nothing, since it was killed. */
		ended: once(child, "close").then(() => end),
		reaches: (bytes) =>
			new Promise((resolve) => {
				marks.push(() => left >= bytes && resolve());
			}),
	};
}

function judge({ errand, end, stored, killedAt, under = [] }, cloud, open) {
	const { logs, bucket } = cloud;
	const { number, key } = errand;
	const requests = [
		...logs.handler.filter(({ path }) => path.split("/")[1] === `${number}`),
		...logs.storage.filter(({ path }) => path === `/${bucket}/${key}`),
	].sort((a, b) => a.at - b.at);
	const sent = partsOf(cloud, key);
	const arrived = sent.filter(({ at, targetStatus }) => at < killedAt && targetStatus === 200);
	const later = new Set(sent.flatMap(({ at, partNumber }) => (at > killedAt ? [partNumber] : [])));
	const again = arrived.filter(({ partNumber }) => later.has(partNumber));
	const left = open.filter((name) => name === key).length;
	const begun = requests.filter(
		({ operation, targetStatus }) => operation === "create" && targetStatus === 201,
	).length;
	// the client itself cannot know of an answer before it has read it and kept a note of it
	const known = again.filter((request) => !under.includes(request));
	const facts = { errand, end, stored, requests, left, killedAt, arrived, again, known };
	return { ...facts, wrong: findWrong(facts, begun) };
}

function findWrong({ errand, end, stored, requests, left, arrived, again }, begun) {
	if (stored !== "own") return "the file is not stored";
	const well = end.result?.size === errand.size || (end.error && endedUnheard(end.error, requests));
	if (!well) return "it did not end well";
	if (again.length > concurrency) return `${again.length} parts were sent again that had arrived`;
	if (begun > 1 && arrived.some(({ status }) => status === 200)) return "it was begun once more";
	return left === begun - 1 ? undefined : `${left} multipart uploads stay behind of ${begun}`;
}

function printVerdict({ seed, short, cases, bad, seconds }) {
	const killed = cases.filter(({ killedAt }) => killedAt !== undefined);
	const sum = (pick) => killed.reduce((total, one) => total + pick(one).length, 0);
	const bytes = cases.reduce((total, { errand }) => total + errand.size, 0);
	console.log(
		`${bad.length === 0 ? "ok" : "FAILED"}: seed ${seed}${short ? " (short)" : ""}, ${killed.length} uploads killed and started again, ${(bytes / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s: ` +
			`of ${sum(({ arrived }) => arrived)} parts that had arrived, ${sum(({ again }) => again)} were sent again, ` +
			`${sum(({ known }) => known)} of which were not in flight any more` +
			(bad.length === 0 ? "" : `; ${bad.length} uploads did not end as they should: above`),
	);
}
