import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { stopped } from "../stopped.mjs";

const countingSink = fileURLToPath(new URL("../sink-process.mjs", import.meta.url));

/**
 * @typedef {object} SinkOptions
 * @property {boolean} [secure] speaks TLS, with the certificate of the client's tests
 * @property {import("./line.mjs").LineOptions} [line] between every client and the sink
 */

/**
 * Starts the counting sink, or another program with `reportToParent`, in a process of its own, until
 * `close` or the end of this process.
 *
 * @param {SinkOptions} [options]
 * @param {string} [program]
 */
export async function startSink(options = {}, program = countingSink) {
	const child = fork(program, [JSON.stringify(options)]);
	const exited = new AbortController();
	const ended = once(child, "exit").then(() => exited.abort(new Error("The sink has ended.")));
	const signal = AbortSignal.any([stopped, exited.signal]);
	const message = async () => (await once(child, "message", { signal }))[0];
	const close = async () => {
		child.kill();
		await ended;
	};
	try {
		return {
			...(await message()),
			/** The requests and the processor time since the last call. */
			take: () => {
				child.send("take");
				return message();
			},
			close,
		};
	} catch (error) {
		await close();
		throw error;
	}
}
