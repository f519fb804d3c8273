// Processes that handle events, killed at random moments and replaced.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./object-process.mjs", import.meta.url));

/** Processes at once. */
const size = 2;

/**
 * @param storage the options of `s3Provider`
 * @param onMessage called with what a process tells: `{ audit }`, `{ completed }`
 */
export async function startWorkers(storage, onMessage) {
	/** @type {Set<ReturnType<typeof start>>} */
	const workers = new Set();
	let next = 0;
	let closed = false;

	function start() {
		const child = fork(program, [JSON.stringify(storage)], { execArgv: [] });
		/** The events that it works on, by id. */
		const open = new Map();
		const { promise: ready, resolve: setReady } = Promise.withResolvers();
		child.on("message", ({ id, done, ready: isReady, ...message }) => {
			if (isReady) setReady(true);
			else if (id === undefined) onMessage(message);
			else {
				open.get(id)?.(done);
				open.delete(id);
			}
		});
		const worker = { child, open, ready };
		child.on("close", () => {
			workers.delete(worker);
			for (const settle of open.values()) settle(false);
			open.clear();
			setReady(false);
			if (!closed) start();
		});
		workers.add(worker);
		return worker;
	}

	for (let count = 0; count < size; count++) start();
	await Promise.all([...workers].map(({ ready }) => ready));
	return {
		/** Has one of them handle an event. @throws {Error} when it failed, or died meanwhile */
		async handle(event) {
			const id = ++next;
			const all = [...workers];
			const worker = all[id % all.length];
			if (!worker || !(await worker.ready)) throw new Error("no process is ready");
			const done = await new Promise((resolve) => {
				worker.open.set(id, resolve);
				worker.child.send({ id, event }, (error) => error && resolve(false));
			});
			if (!done) throw new Error("the event was not handled");
		},
		/** Kills one that works on something. @returns whether there was one */
		kill(random) {
			const busy = [...workers].filter(({ open }) => open.size > 0);
			const victim = busy[Math.floor(random() * busy.length)];
			victim?.child.kill("SIGKILL");
			return victim !== undefined;
		},
		async close() {
			closed = true;
			const ending = [...workers].map(({ child }) => once(child, "close"));
			for (const { child } of workers) child.kill();
			await Promise.all(ending);
		},
	};
}
