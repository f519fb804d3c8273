import { listGrace, tokenLife } from "#protocol";
import type { ResumeStore } from "../resume-store.js";

/** Milliseconds after which the token in a record cannot be renewed any more. */
const recordLife = (tokenLife + listGrace) * 1_000;

/** Old records that one write removes, so that thousands of them do not hold it up. */
const sweepLimit = 100;

const store = "uploads";

interface Row {
	readonly record: string;
	/** Epoch milliseconds of the last write. */
	readonly at: number;
}

/**
 * The store of `resume: true`: keeps the records of unfinished uploads in the IndexedDB database `skyput` of
 * the page's origin, and locks them by Web Locks.
 */
export const resumeStore: ResumeStore & { readonly lock: NonNullable<ResumeStore["lock"]> } = {
	async get(id) {
		const row = await use<Row | undefined>("readonly", (rows) => rows.get(id));
		return row?.record;
	},
	async set(id, record) {
		const at = Date.now();
		await use("readwrite", (rows) => {
			// first, else the sweep would find the old row of this id and delete the new one
			const putting = rows.put({ record, at } satisfies Row, id);
			sweep(rows, at - recordLife);
			return putting;
		});
	},
	async delete(id) {
		await use("readwrite", (rows) => rows.delete(id));
	},
	list: async () => (await use("readonly", (rows) => rows.getAllKeys())).map(String),
	lock: (id, signal) =>
		new Promise((resolve, reject) => {
			const hold = (): Promise<void> => new Promise((release) => resolve(release));
			navigator.locks.request(`skyput ${id}`, { signal }, hold).catch(reject);
		}),
};

/** Opens the database for every operation, so that no tab blocks another's upgrade. */
async function use<T>(
	mode: IDBTransactionMode,
	operate: (rows: IDBObjectStore) => IDBRequest<T>,
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
		const request = operate(transaction.objectStore(store));
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
	let left = sweepLimit;
	old.onsuccess = () => {
		const cursor = old.result;
		if (!cursor || --left < 0) return;
		rows.delete(cursor.primaryKey);
		cursor.continue();
	};
}
