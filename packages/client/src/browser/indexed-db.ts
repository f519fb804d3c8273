// The store of `resume: true` is this module itself, which is loaded on demand. It keeps the records of
// unfinished uploads in a database of the page's origin, named `skyput`, and locks them by Web Locks.

/** Milliseconds for which a record is good: a token lives 7 days and can be renewed for 30 more. */
const longestLife = 37 * 24 * 3_600_000;

const store = "uploads";

interface Row {
	readonly record: string;
	/** Epoch milliseconds of the last write. */
	readonly at: number;
}

export async function get(id: string): Promise<string | undefined> {
	const row = await use<Row | undefined>("readonly", (rows) => rows.get(id));
	return row?.record;
}

export async function set(id: string, record: string): Promise<void> {
	const at = Date.now();
	await use("readwrite", (rows) => {
		// first, else the sweep would find the old row of this id, and delete the new one
		const putting = rows.put({ record, at } satisfies Row, id);
		sweep(rows, at - longestLife);
		return putting;
	});
}

async function remove(id: string): Promise<void> {
	await use("readwrite", (rows) => rows.delete(id));
}

export { remove as delete };

export function lock(id: string, signal: AbortSignal): Promise<() => void> {
	return new Promise((resolve, reject) => {
		const hold = (): Promise<void> => new Promise((release) => resolve(release));
		navigator.locks.request(`skyput ${id}`, { signal }, hold).catch(reject);
	});
}

/** Opens the database anew for every operation, so that no tab stands in the way of another. */
async function use<T>(
	mode: IDBTransactionMode,
	ask: (rows: IDBObjectStore) => IDBRequest,
): Promise<T> {
	const opening = indexedDB.open("skyput", 1);
	opening.onupgradeneeded = () => {
		opening.result.createObjectStore(store).createIndex("at", "at");
	};
	const database = await new Promise<IDBDatabase>((resolve, reject) => {
		opening.onsuccess = () => resolve(opening.result);
		opening.onerror = () => reject(opening.error);
	});
	try {
		const transaction = database.transaction(store, mode);
		const request = ask(transaction.objectStore(store));
		await new Promise<void>((resolve, reject) => {
			transaction.oncomplete = () => resolve();
			transaction.onabort = () => reject(transaction.error);
		});
		return request.result;
	} finally {
		database.close();
	}
}

function sweep(rows: IDBObjectStore, before: number): void {
	const old = rows.index("at").openKeyCursor(IDBKeyRange.upperBound(before));
	old.onsuccess = () => {
		const cursor = old.result;
		if (!cursor) return;
		rows.delete(cursor.primaryKey);
		cursor.continue();
	};
}
