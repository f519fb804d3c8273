import { until } from "../http/wait.js";
import type { ResumeStore } from "../resume-store.js";

/** Text by key that outlasts the app, such as AsyncStorage of `@react-native-async-storage/async-storage`. */
export interface KeyValueStorage {
	/**
	 * @param key - Of a record.
	 * @returns Its value; null or undefined where there is none.
	 */
	getItem(key: string): Promise<string | null | undefined>;
	/**
	 * @param key - Of a record.
	 * @param value - At most some 150 kB of text.
	 * @returns Resolves once it is stored.
	 */
	setItem(key: string, value: string): Promise<unknown>;
	/**
	 * @param key - Of a record.
	 * @returns Resolves once it is removed.
	 */
	removeItem(key: string): Promise<unknown>;
	/**
	 * Needed for `pending()` of a client.
	 *
	 * @returns The keys of everything in the storage.
	 */
	readonly getAllKeys?: (() => Promise<readonly string[]>) | undefined;
}

/**
 * Keeps the records of unfinished uploads in a storage of text, for the option `resume`.
 *
 * @param storage - Such as AsyncStorage.
 * @param prefix - Before the keys of all records. Defaults to `skyput/`.
 * @returns The store.
 */
export function storageResumeStore(storage: KeyValueStorage, prefix = "skyput/"): ResumeStore {
	if (typeof Object(storage).setItem !== "function") {
		throw new TypeError("storageResumeStore() needs a storage, such as AsyncStorage.");
	}
	const held = new Map<string, Promise<void>>();
	return {
		get: async (id) => (await storage.getItem(prefix + id)) ?? undefined,
		set: async (id, record) => void (await storage.setItem(prefix + id, record)),
		delete: async (id) => void (await storage.removeItem(prefix + id)),
		list:
			storage.getAllKeys &&
			(async () => {
				const keys = (await storage.getAllKeys?.()) ?? [];
				return keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
			}),
		// an app is one program
		async lock(id, signal) {
			for (let other = held.get(id); other; other = held.get(id)) await until(other, signal);
			const { promise, resolve } = Promise.withResolvers<void>();
			held.set(id, promise);
			return () => {
				held.delete(id);
				resolve();
			};
		},
	};
}
