import { until } from "../http/wait.js";

/**
 * Works on the items in order, at most `concurrency` at once, and starts the next one as soon as any ends; it
 * reads an item from the iterator only then. The first failure aborts the others, and is thrown when all have
 * ended.
 *
 * @param work works on one item; must end soon after its signal is aborted
 */
export async function runPool<Item>(
	items: Iterable<Item> | AsyncIterable<Item>,
	concurrency: number,
	signal: AbortSignal,
	work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const failed = new AbortController();
	const either = AbortSignal.any([signal, failed.signal]);
	/** One iterator, shared by all workers. */
	const queue =
		Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
	const worker = async (): Promise<void> => {
		// one per worker: Node 22 warns of more than ten listeners on a signal
		const own = AbortSignal.any([either]);
		try {
			for (;;) {
				own.throwIfAborted();
				const { done, value } = await until(Promise.resolve(queue.next()), own);
				if (done) return;
				await work(value, own);
			}
		} catch (error) {
			failed.abort(error);
		}
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
	either.throwIfAborted();
}
