// What runs after an upload, in processes that are killed at random moments: nothing may be promoted twice, lost, or
// served unseen.
import { setTimeout as sleep } from "node:timers/promises";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { startS3Server } from "@skyput/testing";
import { uploads } from "./object-uploads.mjs";
import { startWorkers } from "./object-workers.mjs";
import { createRandom } from "./upload-specs.mjs";

/** Files under way at once. */
const concurrency = 6;

/** @returns whether every file ended where it belongs, once, with its trail */
export async function run({ seed, short, signal }) {
	const began = performance.now();
	const random = createRandom(seed);
	const kills = short ? 10 : 200;
	/** What was told of each upload. */
	const told = { audit: new Map(), completed: new Map(), copies: new Map() };
	const add = (map, id, value) => map.set(id, [...(map.get(id) ?? []), value]);
	let workers;
	const server = await startS3Server({
		events: {
			copies: 2,
			shuffle: seed,
			retryDelay: 20,
			maxAttempts: 10_000,
			deliver(event) {
				const { key, sequencer } = event.detail.object;
				if (key.startsWith(".skyput/quarantine/")) return workers.handle(event);
				// each event comes twice
				if (key.startsWith("files/"))
					told.copies.set(key, (told.copies.get(key) ?? new Set()).add(sequencer));
			},
		},
	});
	const { endpoint, region, bucket, accessKeyId, secretAccessKey, capabilities } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const storage = { endpoint, region, bucket, capabilities, credentials, forcePathStyle: true };
	const api = openEndpoint(s3Provider(storage));
	try {
		workers = await startWorkers(storage, ({ audit, completed }) => {
			if (audit) add(told.audit, audit.uploadId, audit.type);
			else add(told.completed, completed, true);
		});
		const files = await uploadAndKill({ api, workers, random, kills, signal });
		await server.events.settled();
		const problems = await verify(files, api, told);
		for (const problem of problems) console.log(problem);
		const seconds = ((performance.now() - began) / 1000).toFixed(0);
		console.log(
			`${problems.length === 0 ? "ok" : "FAILED"}: after the upload, seed ${seed}${short ? " (short)" : ""}, ${files.length} files, ${kills} object handlers killed, in ${seconds} s` +
				(problems.length === 0 ? "" : `: ${problems.length} problems, above`),
		);
		return problems.length === 0;
	} finally {
		await workers?.close();
		await server.close();
	}
}

/** Uploads files while processes are killed, until `kills` were. */
async function uploadAndKill({ api, workers, random, kills, signal }) {
	const files = [];
	let killed = 0;
	const killing = (async () => {
		while (killed < kills) {
			signal.throwIfAborted();
			await sleep(random() * 60);
			if (workers.kill(random)) killed += 1;
		}
	})();
	const uploading = async () => {
		while (killed < kills) {
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
			await sleep(random() * 40);
			// create looks at the key: an earlier file may have it
			Object.assign(file, (await api.upload(key, file.text)) ?? { refused: true });
		}
	};
	await Promise.all([killing, ...Array.from({ length: concurrency }, uploading)]);
	return files.filter(({ refused }) => !refused);
}

function openEndpoint(provider) {
	const log = { error() {}, warn() {}, info() {} };
	const handler = createFetchHandler({
		uploads: uploads(() => undefined),
		provider,
		tokenSecret: "0123456789abcdef0123456789abcdef",
		log,
	});
	const post = async (operation, body) => {
		const headers = { "content-type": "application/json" };
		const url = `http://localhost/${operation}`;
		const response = await handler(
			new Request(url, { method: "POST", headers, body: JSON.stringify(body) }),
		);
		return { status: response.status, ...(await response.json()) };
	};
	return {
		async upload(key, text) {
			const body = { v: 1, key, size: text.length, kinds: ["single"] };
			const { status, token, uploadId, request } = await post("", body);
			if (status === 409) return undefined;
			const { ok } = await fetch(request.url, {
				method: "PUT",
				headers: request.headers,
				body: text,
			});
			if (!ok) throw new Error(`${key} could not be stored`);
			return { token, uploadId };
		},
		status: ({ token }) => post("status", { token }),
		async read(key) {
			const { url } = await provider.signDownload(key, { expiresIn: 60 });
			const response = await fetch(url);
			return response.ok ? response.text() : undefined;
		},
	};
}

/** What is wrong with each file, as sentences. */
async function verify(files, api, { audit, completed, copies }) {
	const problems = [];
	const states = new Map();
	for (const file of files) {
		const { number, kind, key, text, uploadId } = file;
		const { state, reason } = await api.status(file);
		const served = (await api.read(key)) === text;
		const trail = audit.get(uploadId) ?? [];
		const note = (problem) =>
			problems.push(`file ${number} (${kind}, ${key}, ${state}): ${problem}`);
		states.set(key, [...(states.get(key) ?? []), state]);
		const ended = { good: ["available", "rejected"], bad: ["rejected"], odd: ["pending"] }[kind];
		if (!ended.includes(state)) note("has another end than its content");
		if (kind === "good" && state === "rejected" && reason !== "already-exists")
			note(`rejected for ${reason}`);
		if (served !== (state === "available")) note(served ? "is served" : "is not served");
		if (state === "available" && !completed.has(uploadId)) note("onComplete did not run");
		const type = { available: "promoted", rejected: "rejected", pending: "held" }[state];
		if (trail.length === 0 || trail.some((one) => one !== type)) note(`has the trail ${trail}`);
	}
	for (const [key, all] of states) {
		const available = all.filter((state) => state === "available").length;
		const stored = copies.get(key)?.size ?? 0;
		if (available > 1 || stored !== available)
			problems.push(`${key}: ${available} available, ${stored} copies`);
	}
	return problems;
}
