// What runs after an upload, in processes that are killed at random moments: nothing may be promoted twice, lost, or
// served unseen.
import { setTimeout as sleep } from "node:timers/promises";
import { openEndpoint } from "./object-endpoint.mjs";
import { objectStorages, startTable } from "./object-storages.mjs";
import { startWorkers } from "./object-workers.mjs";
import { createRandom } from "./upload-specs.mjs";

/** Files that are uploaded at once. */
const concurrency = 6;

/** Events that are worked on, above which no file is uploaded. */
const maxLoad = 20;

/** Events that are handled between two kills, at most. */
const maxHandled = 6;

/** Milliseconds of a short run after which no more is killed: a busy machine starts processes slowly. */
const maxShortTime = 180_000;

/** Milliseconds without a handled event after which a run has stalled: five leases of a process that was killed. */
const maxStall = 300_000;

const tell = (line) => process.stderr.write(`> ${line}\n`);

/** @returns whether every file ended where it belongs, once, with its trail */
export async function run({ cloud, outcomes, seed, short, signal }) {
	const began = performance.now();
	const random = createRandom(seed);
	const kills = short ? 10 : 200;
	const deadline = short ? began + maxShortTime : Number.POSITIVE_INFINITY;
	/** What was reported of each upload. */
	const reported = { audit: new Map(), completed: new Map() };
	const add = (map, id, value) => map.set(id, [...(map.get(id) ?? []), value]);
	const closing = [];
	let workers;
	try {
		const table = outcomes === "dynamodb" ? await startTable() : undefined;
		if (table) closing.push(() => table.close());
		const storage = await objectStorages[cloud]({
			seed,
			// a process that was killed keeps its lease for a minute
			retryDelay: table ? 500 : 20,
			handle: (event) => workers.handle(event),
		});
		closing.push(() => storage.close());
		const { options, madeKeys } = storage;
		const setUp = { options, madeKeys, table: table?.options };
		workers = await startWorkers(setUp, ({ audit, completed }) => {
			if (audit) add(reported.audit, audit.uploadId, audit.type);
			else add(reported.completed, completed, true);
		});
		closing.push(() => workers.close());
		const api = openEndpoint(setUp);
		const { files, killed } = await uploadAndKill({
			api,
			storage,
			workers,
			random,
			kills,
			deadline,
			signal,
		});
		tell(
			`${killed} of ${kills} object handlers killed, ${files.length} files; waiting for their events`,
		);
		await awaitEvents(storage, workers, signal);
		tell("every event was handled; looking at the files");
		// where neither a lease nor a condition of the copy stands in the way, two processes may copy at once
		const isOnce = table !== undefined || !madeKeys;
		const problems = await verify(files, {
			api,
			reported,
			isOnce,
			copiesOf: storage.copiesOf,
			signal,
		});
		for (const problem of problems) console.log(problem);
		const seconds = ((performance.now() - began) / 1000).toFixed(0);
		console.log(
			`${problems.length === 0 ? "ok" : "FAILED"}: after the upload, ${cloud}, outcomes in ${outcomes}, seed ${seed}${short ? " (short)" : ""}, ${files.length} files, ${killed} of ${kills} object handlers killed, in ${seconds} s` +
				(problems.length === 0 ? "" : `: ${problems.length} problems, above`),
		);
		return problems.length === 0;
	} finally {
		for (const close of closing.reverse()) await close();
	}
}

/**
 * Uploads files while processes are killed, until `kills` were, or the deadline has passed.
 *
 * @throws {Error} where no event is handled for long
 */
async function uploadAndKill({ api, storage, workers, random, kills, deadline, signal }) {
	const files = [];
	let killed = 0;
	// one that fails ends the others
	const failed = new AbortController();
	const ended = AbortSignal.any([signal, failed.signal]);
	const pause = (milliseconds) => sleep(milliseconds, undefined, { signal: ended });
	const isOver = () => killed === kills || performance.now() > deadline;
	const throwIfStalled = watchForStall(workers);
	const killing = async () => {
		while (!isOver()) {
			// kills by time alone leave a busy machine no time to finish anything
			const enough = workers.handled() + random() * maxHandled;
			while (workers.handled() < enough && !isOver()) {
				await pause(10);
				throwIfStalled();
			}
			// early in the work on a file, or late
			await pause(random() * 200);
			if (!workers.kill(random)) continue;
			killed += 1;
			if (killed % 20 === 0)
				tell(`${killed} of ${kills} object handlers killed, ${files.length} files`);
		}
	};
	const uploading = async () => {
		while (!isOver()) {
			const number = files.length;
			const kind = ["good", "good", "good", "bad", "odd"][number % 5];
			// some keys are asked for twice
			const key = kind === "good" ? `files/${Math.floor(number / 3)}` : `files/${kind}-${number}`;
			const file = {
				number,
				kind,
				key,
				text: `${kind} ${number} ${"x".repeat(random() * 20_000)}`,
			};
			files.push(file);
			do await pause(random() * 40);
			while (workers.load() > maxLoad);
			// create looks at the key: an earlier file may have it
			Object.assign(file, (await api.upload(key, file.text)) ?? { refused: true });
			if (!file.refused) storage.notify(`.skyput/quarantine/${file.uploadId}`);
		}
	};
	const loops = [killing(), ...Array.from({ length: concurrency }, uploading)];
	const orFail = (loop) =>
		loop.catch((error) => {
			failed.abort(error);
			throw error;
		});
	await Promise.all(loops.map(orFail));
	return { files: files.filter(({ refused }) => !refused), killed };
}

/** A function that throws where no event was handled for {@link maxStall}, by what it saw in earlier calls. */
function watchForStall(workers) {
	let seen = -1;
	let seenAt = 0;
	return () => {
		const handled = workers.handled();
		const now = performance.now();
		if (handled !== seen) {
			seen = handled;
			seenAt = now;
		} else if (now > seenAt + maxStall) {
			throw new Error(`No event was handled for ${maxStall / 1000} s.`);
		}
	};
}

/** Waits until every event was handled. @throws {Error} where none is handled for long, or the run is to end */
async function awaitEvents(storage, workers, signal) {
	const settled = new AbortController();
	const ended = AbortSignal.any([signal, settled.signal]);
	const throwIfStalled = watchForStall(workers);
	const stalled = async () => {
		for (;;) {
			await sleep(1_000, undefined, { signal: ended });
			throwIfStalled();
		}
	};
	await Promise.race([storage.settled(), stalled()]).finally(() => settled.abort());
}

/** What is wrong with each file, as sentences. */
async function verify(files, { api, reported: { audit, completed }, isOnce, copiesOf, signal }) {
	const problems = [];
	const states = new Map();
	for (const file of files) {
		signal.throwIfAborted();
		const { number, kind, key, text, uploadId } = file;
		const { state, reason } = await api.status(file);
		const served = (await api.read(key)) === text;
		const trail = audit.get(uploadId) ?? [];
		const addProblem = (problem) =>
			problems.push(`file ${number} (${kind}, ${key}, ${state}): ${problem}`);
		states.set(key, [...(states.get(key) ?? []), state]);
		const ended = { good: ["available", "rejected"], bad: ["rejected"], odd: ["pending"] }[kind];
		if (!ended.includes(state)) addProblem("has another end than its content");
		if (kind === "good" && state === "rejected" && reason !== "already-exists")
			addProblem(`rejected for ${reason}`);
		if (served !== (state === "available")) addProblem(served ? "is served" : "is not served");
		if (state === "available" && !completed.has(uploadId)) addProblem("onComplete did not run");
		const type = { available: "promoted", rejected: "rejected", pending: "held" }[state];
		if (trail.length === 0 || trail.some((one) => one !== type))
			addProblem(`has the trail ${trail}`);
	}
	for (const [key, all] of states) {
		const available = all.filter((state) => state === "available").length;
		const stored = copiesOf(key);
		const isRight = isOnce ? stored === available : stored >= available && (available || !stored);
		if (available > 1 || !isRight)
			problems.push(`${key}: ${available} available, ${stored} copies`);
	}
	return problems;
}
