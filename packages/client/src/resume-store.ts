/**
 * Keeps records of unfinished uploads beyond the page or the process. A record is text of at most about
 * 150 kB. It holds the upload's token: anyone who can read it can write to that one key, within the upload's
 * rule and as its principal. A record is useless 30 days after its upload began, because its token can't be
 * renewed after that.
 *
 * If the store rejects or takes longer than 5 s, the upload continues but can't be resumed.
 */
export interface ResumeStore {
	/**
	 * Reads a record.
	 *
	 * @param id - 64 hexadecimal digits: a SHA-256 over endpoint, key and file.
	 * @returns The record, undefined where there is none.
	 */
	get(id: string): Promise<string | undefined>;
	/**
	 * Writes a record and replaces the previous one.
	 *
	 * @param id - 64 hexadecimal digits.
	 * @param record - At most some 150 kB of text.
	 */
	set(id: string, record: string): Promise<void>;
	/**
	 * Removes a record. Safe to repeat.
	 *
	 * @param id - 64 hexadecimal digits.
	 */
	delete(id: string): Promise<void>;
	/**
	 * Lists the records, for `pending()` of a client.
	 *
	 * @returns The ids of all records, in any order.
	 */
	readonly list?: (() => Promise<readonly string[]>) | undefined;
	/**
	 * Waits until no other upload holds the lock of this id, in this program or another, and takes it.
	 * The locks of a program that ends must be released. Without this member, concurrent uploads of the same file
	 * send its parts twice.
	 *
	 * @param id - 64 hexadecimal digits.
	 * @param signal - Ends the wait: the promise rejects.
	 * @returns A function that releases the lock.
	 */
	readonly lock?:
		| ((id: string, signal: AbortSignal) => Promise<() => Promise<void> | void>)
		| undefined;
}
