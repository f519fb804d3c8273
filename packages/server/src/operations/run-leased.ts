import type { ResultLeases } from "../completions.js";

/** Seconds after which another process may do the work, unless the lease is renewed. */
const leaseTime = 60;

/** Milliseconds between two renewals. */
const renewalInterval = 20_000;

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
	const begun = await store.begin(id, leaseTime);
	if (begun !== "mine") return begun;
	const renew = async (): Promise<void> => store.renew?.(id, leaseTime);
	const timer = setInterval(() => {
		renew().catch(() => undefined);
	}, renewalInterval);
	// a lease that can't be released expires
	const release = () => store.release(id).catch(() => undefined);
	try {
		const result = await run();
		if (result !== undefined) return await store.finish(id, result);
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
	const begun = await store.begin(id, leaseTime);
	if (begun !== "mine") return begun;
	await store.release(id);
	return undefined;
}
