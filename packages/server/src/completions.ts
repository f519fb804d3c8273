/** How an upload ended, in plain JSON: what `onComplete` returned, or the reason given to `reject`. */
export type CompletionResult = { readonly data?: unknown } | { readonly rejected: string };

/** Leases on uploads: one caller at a time works on an upload, and writes its result. */
export interface ResultLeases<Result> {
	/**
	 * Takes the lease on an upload, in one atomic step.
	 *
	 * @param id - Of the upload.
	 * @param seconds - After this time others may take the lease.
	 * @returns `"mine"` to the one caller that works on it now, `"running"` while another does, the final result
	 *   where there is one.
	 */
	begin(id: string, seconds: number): Promise<"mine" | "running" | Result>;
	/**
	 * Writes a result and ends the lease. A final result is never replaced.
	 *
	 * @param id - Of the upload.
	 * @param result - Plain JSON.
	 * @returns What is recorded now.
	 */
	finish(id: string, result: Result): Promise<Result>;
	/**
	 * Releases this caller's lease without a result.
	 *
	 * @param id - Of the upload.
	 */
	release(id: string): Promise<void>;
	/** Extends the lease of this caller, to seconds from now. Without it, long work loses it. */
	readonly renew?: ((id: string, seconds: number) => Promise<void>) | undefined;
}

/**
 * Lets one call at a time run `onComplete`, and keeps its result, so that every repeat of `/complete`
 * answers the same. The first result of an upload is final. An upload id is 32 hexadecimal digits.
 */
export interface CompletionStore extends ResultLeases<CompletionResult> {}

/** Results of uploads, each written by the one caller that has its lease. */
export interface ResultStore<Result> extends ResultLeases<Result> {
	/**
	 * Reads a result without taking the lease.
	 *
	 * @param id - Of the upload.
	 * @returns The latest result; undefined where there is none.
	 */
	find(id: string): Promise<Result | undefined>;
}

/** How many uploads are remembered. */
const limit = 10_000;

/** A {@link ResultStore} in the memory of one process, for the last 10,000 uploads. */
export function memoryResults<Result>(isFinal: (result: Result) => boolean): ResultStore<Result> {
	/** A result as JSON, and the end of a lease in milliseconds of a clock that nobody sets. */
	const entries = new Map<string, { readonly json?: string; readonly until: number }>();
	const read = (id: string): Result | undefined => {
		const json = entries.get(id)?.json;
		return json === undefined ? undefined : (JSON.parse(json) as Result);
	};
	const finalOf = (id: string): Result | undefined => {
		const found = read(id);
		return found !== undefined && isFinal(found) ? found : undefined;
	};
	const setLease = (id: string, seconds: number): void =>
		void entries.set(id, { ...entries.get(id), until: performance.now() + seconds * 1000 });
	return {
		find: async (id) => read(id),
		async begin(id, seconds) {
			const final = finalOf(id);
			if (final !== undefined) return final;
			if ((entries.get(id)?.until ?? 0) > performance.now()) return "running";
			setLease(id, seconds);
			return "mine";
		},
		async finish(id, result) {
			const json = JSON.stringify(finalOf(id) ?? result);
			// re-insert at the end: the oldest entries are removed first
			entries.delete(id);
			entries.set(id, { json, until: 0 });
			const [oldest] = entries.keys();
			if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
			return JSON.parse(json) as Result;
		},
		async release(id) {
			if (read(id) === undefined) entries.delete(id);
			else setLease(id, 0);
		},
		async renew(id, seconds) {
			if (entries.has(id)) setLease(id, seconds);
		},
	};
}

/**
 * Keeps results in the memory of one process, for the last 10,000 uploads: for tests, and for servers
 * that run as a single process. Lambda needs a store that all its instances share.
 *
 * @returns The store for a handler's `completions`.
 */
export function memoryCompletions(): CompletionStore {
	return memoryResults<CompletionResult>(() => true);
}
