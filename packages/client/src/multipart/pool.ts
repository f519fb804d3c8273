import { until } from "../http/wait.js";

export interface PoolOptions {
	/** Items that are worked on at once. */
	readonly concurrency: number;
	readonly signal: AbortSignal;
	/** Runs in each worker that finds no item left, until the others end; its failure is ignored. */
	readonly idle?: (signal: AbortSignal) => Promise<void>;
}

/**
 * Works on the items in order, and starts the next one as soon as any ends; it reads an item from the iterator
 * only then. The first failure aborts the others, and is thrown when all have ended.
 *
 * @param work works on one item; must end soon after its signal is aborted
 */
export async function runPool<Item>(
	items: Iterable<Item> | AsyncIterable<Item>,
	{ concurrency, signal, idle }: PoolOptions,
	work: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
	const failed = new AbortController();
	const finished = new AbortController();
	const either = AbortSignal.any([signal, failed.signal]);
	/** One iterator, shared by all workers. */
	const queue =
		Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
	let busy = concurrency;
	const worker = async (): Promise<void> => {
		// one per worker: Node 22 warns of more than ten listeners on a signal
		const own = AbortSignal.any([either]);
		try {
			for (;;) {
				own.throwIfAborted();
				const { done, value } = await until(Promise.resolve(queue.next()), own);
				if (done) break;
				await work(value, own);
			}
		} catch (error) {
			failed.abort(error);
		}
		if (--busy === 0) finished.abort();
		else await idle?.(AbortSignal.any([own, finished.signal])).catch(() => {});
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
	either.throwIfAborted();
}
