/**
 * Works through the items in order, with at most `concurrency` in flight and the next one started as
 * soon as any ends. The first failure aborts the others; it is thrown when all have ended.
 *
 * @param work one item; must end soon after its signal is aborted
 */
export async function runPool<Item>(
	items: readonly Item[],
	concurrency: number,
	signal: AbortSignal,
	work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const failed = new AbortController();
	const either = AbortSignal.any([signal, failed.signal]);
	/** One iterator for all lanes. */
	const queue = items.values();
	const lane = async (): Promise<void> => {
		try {
			for (const item of queue) {
				either.throwIfAborted();
				await work(item, either);
			}
		} catch (error) {
			failed.abort(error);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, lane));
	either.throwIfAborted();
}
