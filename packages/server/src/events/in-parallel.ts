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
