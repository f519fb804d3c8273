import type { ResultLeases } from "../completions.js";

/** Seconds after which another process may do the work, unless the lease is renewed. */
const leaseTime = 60;

/** Seconds of a lease that is taken only to look: a process that ends meanwhile must not block the work for long. */
const lookTime = 5;
/** Milliseconds between two renewals. */
const renewalInterval = 20_000;

/** Refuses the answer of a store that is no result: an upload would count as finished. */
function readResult<Result>(result: Result, method: "begin" | "finish"): Result {
	if (typeof result === "object" && result !== null) return result;
	const expected =
		method === "begin" ? '"mine", "running" or the recorded result' : "what is recorded";
	throw new TypeError(`${method} of a store returned ${result}; it must return ${expected}`);
}

/** Takes the lease. */
async function begin<Result>(
	store: ResultLeases<Result>,
	id: string,
	seconds: number,
): Promise<"mine" | "running" | Result> {
	const begun = await store.begin(id, seconds);
	return begun === "mine" || begun === "running" ? begun : readResult(begun, "begin");
}

/**
 * Does work on an upload if this call gets the lease; otherwise returns what the store has.
 *
 * @param run - Returns the result to record, or undefined for none yet.
 */
export async function runLeased<Result>(
	store: ResultLeases<Result>,
	id: string,
	run: () => Promise<Result | undefined>,
): Promise<Result | "running" | undefined> {
	const begun = await begin(store, id, leaseTime);
	if (begun !== "mine") return begun;
	const renew = async (): Promise<void> => store.renew?.(id, leaseTime);
	const timer = setInterval(() => {
		renew().catch(() => undefined);
	}, renewalInterval);
	// a lease that can't be released expires
	const release = () => store.release(id).catch(() => undefined);
	try {
		const result = await run();
		if (result !== undefined) return readResult(await store.finish(id, result), "finish");
		await release();
		return undefined;
	} catch (error) {
		await release();
		throw error;
	} finally {
		clearInterval(timer);
	}
}

/** Finds the recorded result of work that another process may be doing now. */
export async function findResult<Result>(
	store: ResultLeases<Result>,
	id: string,
): Promise<Result | "running" | undefined> {
	const begun = await begin(store, id, lookTime);
	if (begun !== "mine") return begun;
	await store.release(id);
	return undefined;
}
