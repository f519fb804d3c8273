/** How an upload ended, in plain JSON: what `onComplete` returned, or the reason given to `reject`. */
export type CompletionResult = { readonly data?: unknown } | { readonly rejected: string };

/**
 * Lets one call at a time run `onComplete`, and keeps its result, so that every repeat of `/complete`
 * answers the same. An upload id is 32 hexadecimal digits.
 */
export interface CompletionStore {
	/**
	 * Takes the lease on an upload, in one atomic step.
	 *
	 * @param id - The upload id.
	 * @param seconds - After this time others may take the lease.
	 * @returns `"mine"` to the one caller that runs `onComplete` now, `"running"` while another does, the
	 *   result where there is one.
	 */
	begin(id: string, seconds: number): Promise<"mine" | "running" | CompletionResult>;
	/**
	 * Writes a result and ends the lease. The first result of an upload is final.
	 *
	 * @param id - The upload id.
	 * @param result - Plain JSON.
	 * @returns The final result.
	 */
	finish(id: string, result: CompletionResult): Promise<CompletionResult>;
	/**
	 * Releases this caller's lease without a result.
	 *
	 * @param id - The upload id.
	 */
	release(id: string): Promise<void>;
	/** Extends the lease of this caller, to seconds from now. Without it, a long `onComplete` loses it. */
	readonly renew?: ((id: string, seconds: number) => Promise<void>) | undefined;
}

/** How many uploads {@link memoryCompletions} remembers. */
const limit = 10_000;

/**
 * Keeps results in the memory of one process, for the last 10,000 uploads: for tests, and for servers
 * that run as a single process. Lambda needs a store that all its instances share.
 *
 * @returns The store for a handler's `completions`.
 */
export function memoryCompletions(): CompletionStore {
	/** A result as JSON, or the end of a lease in milliseconds. */
	const entries = new Map<string, string | number>();
	const isLease = (id: string): boolean => typeof entries.get(id) === "number";
	const lease = (id: string, seconds: number) => entries.set(id, Date.now() + seconds * 1000);
	return {
		async begin(id, seconds) {
			const entry = entries.get(id) ?? 0;
			if (typeof entry === "string") return JSON.parse(entry) as CompletionResult;
			if (entry > Date.now()) return "running";
			lease(id, seconds);
			return "mine";
		},
		async finish(id, result) {
			const entry = entries.get(id);
			const json = typeof entry === "string" ? entry : JSON.stringify(result);
			// re-insert at the end: the oldest entries are removed first
			entries.delete(id);
			entries.set(id, json);
			const [oldest] = entries.keys();
			if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
			return JSON.parse(json) as CompletionResult;
		},
		async release(id) {
			if (isLease(id)) entries.delete(id);
		},
		async renew(id, seconds) {
			if (isLease(id)) lease(id, seconds);
		},
	};
}
