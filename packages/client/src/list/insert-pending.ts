import type { Client } from "../client-types.js";
import type { PendingUpload } from "../public-types.js";
import type { ListStore } from "./list-store.js";

/**
 * Adds to a list what an earlier run left, each as an item that waits for its file. Loaded on demand.
 *
 * @param client - Of the list.
 * @param store - Of the list.
 * @param identify - Tells such a file from others, by its path and size.
 */
export async function insertPending<Data>(
	client: Client,
	store: ListStore<Data>,
	identify: (path: string, size: number | undefined) => string,
): Promise<void> {
	const left = (await client.pending()) as readonly PendingUpload<Data>[];
	for (const pending of [...left].reverse()) {
		const { key, name: path, size, sent: loaded } = pending;
		const first = { state: "needs-file", path, size, key, loaded } as const;
		store.insert(first, { pending, identity: identify(path, size) });
	}
}
