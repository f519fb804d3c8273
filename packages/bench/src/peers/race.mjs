import { writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { certificate } from "../../../../tools/certificate.ts";
import { makeBigFile } from "../big-file.mjs";
import { startSink } from "../sink/start.mjs";
import { competitors } from "./competitors.mjs";

/**
 * @typedef {import("./competitors.mjs").Upload & { received: object }} Result
 */

/**
 * Interleaved rounds, each competitor in a new process, starting with another one each time.
 *
 * @param {{ mebibytes: number, rounds: number, sink: import("../sink/start.mjs").SinkOptions }} options
 * @returns {Promise<{ turns: readonly Record<string, Result>[], mebibytes: number }>}
 */
export async function race({ mebibytes, rounds, sink: options }) {
	const file = await makeBigFile(mebibytes);
	try {
		const ca = join(dirname(file.path), "ca.pem");
		await writeFile(ca, certificate.cert);
		const env = options.secure ? { NODE_EXTRA_CA_CERTS: ca } : {};
		const sink = await startSink(options);
		try {
			const names = Object.keys(competitors);
			const turns = [];
			// the first round warms up the sink
			for (let round = -1; round < rounds; round++) {
				const turn = {};
				for (const place of names.keys()) {
					const name = names[(place + round + names.length) % names.length];
					turn[name] = await uploadTo(sink, competitors[name], file, { env });
				}
				if (round >= 0) turns.push(turn);
			}
			return { turns, mebibytes };
		} finally {
			await sink.close();
		}
	} finally {
		await file.remove();
	}
}

/**
 * @param {object} sink
 * @param {import("./competitors.mjs").Competitor} competitor
 * @param {{ size: number, path: string, crc32: string }} file
 * @param {{ env?: object, mostBytes?: number }} [options] `mostBytes`: the sink may receive so many
 * @returns {Promise<Result>}
 * @throws {Error} when the sink received anything other than the file
 */
export async function uploadTo(
	sink,
	{ upload, commits },
	file,
	{ env = {}, mostBytes = file.size } = {},
) {
	const result = await upload(sink.origin, file.path, env);
	const received = await sink.take();
	const isWhole = received.bytes >= file.size && received.bytes <= mostBytes;
	const [has, wanted] = [
		{ bytes: received.bytes, completed: received.completed },
		{ bytes: isWhole ? received.bytes : file.size, completed: commits(file) },
	].map((value) => JSON.stringify(value));
	if (has !== wanted) throw new Error(`The sink has ${has} instead of ${wanted}.`);
	return { ...result, received };
}
