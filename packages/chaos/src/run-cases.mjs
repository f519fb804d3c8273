// Uploads to a backend of their own, and whether each of them ended correctly.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChaosBackend } from "./backend.mjs";
import { printUpload } from "./report.mjs";
import { compareStored, untilIdle } from "./verify-storage.mjs";
import { whileUnavailable } from "./while-unavailable.mjs";

/**
 * @param {object} choice which cloud and seed, and whether the run is `short`
 * @param {object} options of the backend
 * @param {object} run
 * @param {(backend: object, folder: string) => Promise<readonly object[]>} run.uploadAll resolves with what
 *   {@link endUpload} returned of each
 * @param {(upload: object, backend: object) => object} run.verify adds `problem`, where there is one
 * @param {(summary: object) => void} run.print prints the end of the report
 * @returns whether no upload has a problem
 */
export async function runCases({ cloud, seed, short }, options, { uploadAll, verify, print }) {
	const began = performance.now();
	const folder = await mkdtemp(join(tmpdir(), "skyput-chaos-"));
	const dir = join(folder, "storage");
	const backend = await startChaosBackend({ cloud, seed, dir, ...options });
	try {
		const ended = await uploadAll(backend, folder);
		await untilIdle(backend);
		const open = await backend.openUploads();
		const cases = ended
			.toSorted((a, b) => a.spec.number - b.spec.number)
			.map((one) => {
				const requests = requestsOf(one.spec, backend);
				const left = open.filter((key) => key === one.spec.key).length;
				return { ...one, requests, left, ...verify({ ...one, requests, left }, backend) };
			});
		const failed = cases.filter(({ problem }) => problem !== undefined);
		for (const one of failed) printUpload(one);
		const seconds = (performance.now() - began) / 1000;
		print({ cloud, seed, short, cases, failed, seconds, faults: backend.faults });
		return failed.length === 0;
	} finally {
		await backend.close();
		await rm(folder, { recursive: true, force: true });
	}
}

/** All requests of one upload in their order, by the path of its endpoint and by its key. */
function requestsOf({ number, key }, { logs, requestsTo }) {
	return [
		...logs.handler.filter(({ path }) => path.split("/")[2] === `${number}`),
		...requestsTo(key),
	].sort((a, b) => a.at - b.at);
}

/** Compares what is stored, and deletes it: otherwise a full run needs 15 GB of disk. */
export async function endUpload({ provider }, { key }, bytes) {
	const stored = await compareStored(provider, key, bytes);
	if (stored === "own") await whileUnavailable(() => provider.delete(key));
	return stored;
}
