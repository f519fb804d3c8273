// Uploads whose process is killed at a random moment and started again.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { fileResumeStore } from "@skyput/client/node";
import { endUpload, runCases } from "./run-cases.mjs";
import { createRandom } from "./upload-specs.mjs";
import { completedUnseen } from "./verify-outcome.mjs";

const program = fileURLToPath(new URL("./upload-process.mjs", import.meta.url));
const partSize = 5 * 1024 ** 2;
/** Parts of each file; the last one is shorter. */
const parts = { least: 3, most: 9 };
/** Parts in flight at once. */
const concurrency = 4;
/** Uploads at once. */
const uploadConcurrency = 4;
/** Bytes per second of a connection, so that uploads last long enough to be killed, and recorded before that. */
const bandwidth = 8_000_000;

/** @returns whether every upload finished, and resent only parts that were in flight or not recorded yet */
export function run({ cloud, seed, short, signal }) {
	const count = short ? 10 : 200;
	return runCases(
		{ cloud, seed, short },
		{ rate: 0, bandwidth },
		{
			uploadAll: (backend, folder) => uploadAll({ seed, count, backend, folder, signal }),
			verify,
			print: printSummary,
		},
	);
}

/** Runs uploads until `count` were killed: some end before their moment comes. */
async function uploadAll({ seed, count, backend, folder, signal }) {
	const random = createRandom(seed);
	const buffer = randomBytes(parts.most * partSize);
	const ended = [];
	let begun = 0;
	let killed = 0;
	const worker = async () => {
		while (killed < count) {
			signal.throwIfAborted();
			const number = begun++;
			const size = Math.ceil(partSize * (parts.least - 1 + random() * (parts.most - parts.least)));
			// may be before the first byte or after the last
			const spec = { number, size, key: `parts/${number}`, killAt: random() * 1.2 - 0.1 };
			const delay = random() * 100;
			const bytes = buffer.subarray(0, size);
			const path = join(folder, `${number}.bin`);
			await writeFile(path, bytes);
			const options = {
				path,
				key: spec.key,
				records: join(folder, `records-${number}`),
				endpoint: `${backend.endpoint}/${number}`,
				concurrency,
				multipartThreshold: partSize,
			};
			const first = await uploadAndKill(options, Math.min(spec.killAt, 1) * size, delay, () =>
				partRequests(backend, spec.key).filter(({ done }) => !done),
			);
			if (first.killedAt !== undefined) killed++;
			// what the killed process sent may arrive after its end
			const restartedAt = performance.now();
			const outcome = first.outcome ?? (await start(options).ended);
			await rm(path);
			const stored = await endUpload(backend, spec, bytes);
			ended.push({ ...first, spec, restartedAt, outcome, stored });
			if (ended.length % 50 === 0) process.stderr.write(`> ${ended.length} uploads\n`);
		}
	};
	await Promise.all(Array.from({ length: uploadConcurrency }, worker));
	return ended;
}

/** The parts that a killed client knows to be stored: it must not send them again. */
async function recordedParts(folder) {
	const store = fileResumeStore(folder);
	const [id] = await store.list();
	const record = id && (await store.get(id));
	const { digests } = record ? JSON.parse(record) : { digests: [] };
	return new Set(digests.flatMap((digest, index) => (digest ? [index + 1] : [])));
}

/** The UploadPart requests of a key so far. */
const partRequests = ({ requestsTo }, key) =>
	requestsTo(key).filter(({ operation }) => operation === "UploadPart");

/**
 * Kills the upload `delay` ms after `bytes` are sent (negative: after its start). Returns the parts in flight,
 * and those in its record.
 */
async function uploadAndKill(options, bytes, delay, listInFlight) {
	const { child, ended, reaches } = start(options);
	if (bytes >= 0) await Promise.race([reaches(bytes), ended]);
	await sleep(delay);
	child.kill("SIGKILL");
	const killedAt = performance.now();
	const inFlight = listInFlight();
	const outcome = await ended;
	if (outcome) return { outcome };
	return { killedAt, inFlight, recorded: await recordedParts(options.records) };
}

function start(options) {
	const child = fork(program, [JSON.stringify(options)], { execArgv: [] });
	let outcome;
	let sent = 0;
	const listeners = [];
	child.on("message", ({ loaded, ...message }) => {
		if (loaded === undefined) outcome = message;
		else {
			sent = loaded;
			for (const listener of listeners) listener();
		}
	});
	return {
		child,
		/** Resolves with the outcome; undefined when the process was killed first. */
		ended: once(child, "close").then(() => outcome),
		reaches: (bytes) =>
			new Promise((resolve) => {
				listeners.push(() => sent >= bytes && resolve());
			}),
	};
}

function verify(upload, backend) {
	const { spec, requests, killedAt, restartedAt, inFlight = [], recorded = new Set() } = upload;
	const sent = partRequests(backend, spec.key);
	const arrived = sent.filter(({ at, targetStatus }) => at < killedAt && isSuccess(targetStatus));
	const later = new Set(
		sent.flatMap(({ at, partNumber }) => (at > restartedAt ? [partNumber] : [])),
	);
	const resent = arrived.filter(({ partNumber }) => later.has(partNumber));
	const known = resent.filter(({ partNumber }) => recorded.has(partNumber));
	const createCount = requests.filter(
		({ operation, targetStatus }) => operation === "create" && targetStatus === 201,
	).length;
	// a client cannot know of a response that it has not read and recorded
	const needless = resent.filter((request) => !inFlight.includes(request));
	const problem = findProblem({ ...upload, arrived, known, needless }, createCount, backend);
	return { arrived, recorded, resent, needless, problem };
}

const isSuccess = (status) => status === 200 || status === 201;

function findProblem(
	{ spec, outcome, stored, requests, left, arrived, known, needless },
	createCount,
	{ createOperations, listsDigests },
) {
	if (stored !== "own") return "the file is not stored";
	const { result, error } = outcome;
	if (result?.size !== spec.size && !(error && completedUnseen(error, requests))) {
		return "the second run failed";
	}
	if (known.length > 0) return `${known.length} parts were resent that the client had recorded`;
	// elsewhere a part without a recorded digest is sent again
	if (listsDigests && needless.length > 0) {
		return `${needless.length} parts were resent that had been stored before the process was killed`;
	}
	if (createCount > 1 && arrived.some(({ status }) => isSuccess(status))) return "it started over";
	const begun = createOperations.length > 0 ? createCount : 1;
	return left === begun - 1
		? undefined
		: `${left} multipart uploads are left over of ${createCount}`;
}

function printSummary({ cloud, seed, short, cases, failed, seconds }) {
	const killed = cases.filter(({ killedAt }) => killedAt !== undefined);
	const sum = (pick) => killed.reduce((total, one) => total + [...pick(one)].length, 0);
	const bytes = cases.reduce((total, { spec }) => total + spec.size, 0);
	console.log(
		`${failed.length === 0 ? "ok" : "FAILED"}: ${cloud}, seed ${seed}${short ? " (short)" : ""}, ${killed.length} uploads killed and started again, ${(bytes / 1e9).toFixed(2)} GB in ${seconds.toFixed(0)} s: ` +
			`of ${sum(({ arrived }) => arrived)} parts that had arrived, ${sum(({ recorded }) => recorded)} were recorded and ${sum(({ resent }) => resent)} were resent, ` +
			`${sum(({ needless }) => needless)} of them not in flight any more` +
			(failed.length === 0 ? "" : `; ${failed.length} uploads with a problem: above`),
	);
}
