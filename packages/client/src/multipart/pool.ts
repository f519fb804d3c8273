import { until } from "../http/wait.js";

/**
 * Works through the items in order, with at most `concurrency` in flight and the next one started as
 * soon as any ends; an item is asked for only then. The first failure aborts the others; it is thrown
 * when all have ended.
 *
 * @param work one item; must end soon after its signal is aborted
 */
export async function runPool<Item>(
	items: Iterable<Item> | AsyncIterable<Item>,
	concurrency: number,
	signal: AbortSignal,
	work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const failed = new AbortController();
	const either = AbortSignal.any([signal, failed.signal]);
	/** One iterator for all limiter. */
	const queue =
		Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
	const slot = async (): Promise<void> => {
		try {
			for (;;) {
				either.throwIfAborted();
				const { done, value } = await until(Promise.resolve(queue.next()), either);
				if (done) return;
				await work(value, either);
			}
		} catch (error) {
			failed.abort(error);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, slot));
	either.throwIfAborted();
}
