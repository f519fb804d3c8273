/** How an upload ended, as a {@link CompletionStore} keeps it. */
export interface Completion {
	/** What `onComplete` returned. */
	readonly data?: unknown;
	/** The reason given to `reject`. */
	readonly rejected?: string | undefined;
}

/** Keeps results of `onComplete` by upload id, so that every repeat of `/complete` answers the same. */
export interface CompletionStore {
	/**
	 * Reads a result.
	 *
	 * @param uploadId - 32 hexadecimal digits.
	 * @returns The result, undefined where there is none.
	 */
	get(uploadId: string): Promise<Completion | undefined>;
	/**
	 * Writes a result.
	 *
	 * @param uploadId - 32 hexadecimal digits.
	 * @param completion - Plain JSON.
	 */
	set(uploadId: string, completion: Completion): Promise<void>;
}
