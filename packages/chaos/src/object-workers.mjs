// Processes that handle events, killed at random moments and replaced.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./object-process.mjs", import.meta.url));

/** Processes at once. */
const size = 2;

/**
 * @param setUp what each process is started with: the options of `s3Provider`, and where outcomes are kept
 * @param onMessage called with what a process tells: `{ audit }`, `{ completed }`
 */
export async function startWorkers(setUp, onMessage) {
	/** @type {Set<ReturnType<typeof start>>} */
	const workers = new Set();
	let next = 0;
	let closed = false;
	/** Events that are worked on, or wait for a process that starts. */
	let load = 0;
	let handled = 0;

	function start() {
		const child = fork(program, [JSON.stringify(setUp)], { execArgv: [] });
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
			for (const resolveTask of open.values()) resolveTask(false);
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
			load += 1;
			try {
				if (!worker || !(await worker.ready)) throw new Error("no process is ready");
				const done = await new Promise((resolve) => {
					worker.open.set(id, resolve);
					worker.child.send({ id, event }, (error) => error && resolve(false));
				});
				if (!done) throw new Error("the event was not handled");
				handled += 1;
			} finally {
				load -= 1;
			}
		},
		/** How many events they work on, also those that wait for a process. */
		load: () => load,
		/** How many events they have handled. */
		handled: () => handled,
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
