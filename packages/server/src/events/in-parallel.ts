/**
 * Calls `work` with all items, several at once. The items of an iterator are read as they are worked on.
 *
 * @param concurrency - The most calls at once.
 */
export async function inParallel<Item>(
	items: Iterable<Item> | AsyncIterable<Item>,
	concurrency: number,
	work: (item: Item) => Promise<void>,
): Promise<void> {
	async function* all(): AsyncGenerator<Item> {
		yield* items;
	}
	const waiting = all();
	const worker = async (): Promise<void> => {
		// a generator queues the calls of all workers
		for (let next = await waiting.next(); !next.done; next = await waiting.next())
			await work(next.value);
	};
	await Promise.all(Array.from({ length: concurrency }, worker));
}

/**
 * Makes a function that calls what it is given, in turn.
 *
 * @param concurrency - The most calls at once; the others wait in order.
 */
export function limitConcurrency(
	concurrency: number,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
	const waiting: (() => void)[] = [];
	let running = 0;
	return async (work) => {
		if (running === concurrency) await new Promise<void>((resolve) => waiting.push(resolve));
		else running += 1;
		try {
			return await work();
		} finally {
			// the next call takes this one's place
			const next = waiting.shift();
			if (next) next();
			else running -= 1;
		}
	};
}
