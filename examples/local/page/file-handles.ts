import type { UploadItemSnapshot } from "@skyput/client";

interface FileHandle {
	readonly kind: string;
	getFile(): Promise<File>;
	queryPermission(options: { mode: "read" }): Promise<PermissionState>;
	requestPermission(options: { mode: "read" }): Promise<PermissionState>;
}
type DroppedItem = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileHandle | null> };

/** The same for the same file, as far as a list knows it after a reload. */
const nameOf = ({
	name,
	size,
}: {
	readonly name: string;
	readonly size?: number | undefined;
}): string => `${name}:${size}`;

async function openStore(mode: IDBTransactionMode): Promise<IDBObjectStore> {
	const request = indexedDB.open("skyput-demo", 1);
	request.onupgradeneeded = () => request.result.createObjectStore("handles");
	const database = await finished(request);
	return database.transaction("handles", mode).objectStore("handles");
}

const finished = <Value>(request: IDBRequest<Value>): Promise<Value> =>
	new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error);
	});

/**
 * Keeps the handles of dropped files, where the browser has them: after a reload they are read without being chosen
 * again. Call it before anything else reads the drop.
 */
export function keepHandles({ items }: DataTransfer): void {
	for (const item of Array.from(items) as DroppedItem[]) {
		void item.getAsFileSystemHandle?.().then(async (handle) => {
			if (handle?.kind !== "file") return;
			const name = nameOf(await handle.getFile());
			await finished((await openStore("readwrite")).put(handle, name));
		}, ignore);
	}
}

const ignore = (): void => {};

/**
 * @param item - That an earlier run of the page left.
 * @returns A function that reads its file, and may ask the user to allow it; undefined where no handle is kept.
 */
export async function findFile(
	item: UploadItemSnapshot,
): Promise<(() => Promise<File | undefined>) | undefined> {
	const handle: FileHandle | undefined = await finished(
		(await openStore("readonly")).get(nameOf(item)),
	);
	if (!handle) return undefined;
	const mode = { mode: "read" } as const;
	return async () => {
		const allowed =
			(await handle.queryPermission(mode)) === "granted" ||
			(await handle.requestPermission(mode)) === "granted";
		return allowed ? await handle.getFile() : undefined;
	};
}
