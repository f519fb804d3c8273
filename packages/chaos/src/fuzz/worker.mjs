// One part of a run: node worker.mjs PART SEED COUNT FILE, where FILE gets each input before it is tried.
import { openSync, writeSync } from "node:fs";

const load = {
	server: async () => (await import("./server-run.mjs")).runServer,
	cost: async () => (await import("./cost.mjs")).runCost,
	client: async () => (await import("./client-run.mjs")).runClient,
};
const [part, seed, count, file] = process.argv.slice(2);
const last = openSync(file, "w");

/** A process that runs out of memory cannot say at which input. */
const onInput = (input) =>
	void writeSync(last, `${JSON.stringify(input).slice(0, 5_000)}\n`.padEnd(5_001), 0);

try {
	const run = await load[part]();
	console.log(await run({ seed: Number(seed), runs: Number(count), onInput }));
} catch (error) {
	// what fast-check found, shrunk, and why it is wrong
	console.log(error.message.slice(0, 5_000));
	console.log(error.cause ?? error);
	process.exit(1);
}
process.exit(0);
