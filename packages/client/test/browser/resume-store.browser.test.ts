import { beforeEach, expect, it } from "vitest";
import { resumeStore as store } from "../../src/browser/indexed-db.js";
import type { ResumeStore } from "../../src/resume-store.js";

const id = "0123456789abcdef".repeat(4);
const day = 24 * 3_600_000;
const { signal } = new AbortController();

beforeEach(async () => {
	for (const name of [id, "old", "young"]) await store.delete(name);
});

/** Puts a row as it was written some days ago. */
async function putAged(name: string, days: number): Promise<void> {
	await store.set(name, name);
	await inDatabase((rows) => rows.put({ record: name, at: Date.now() - days * day }, name));
}

/** Resolves with the result of the request once its transaction is complete. */
async function inDatabase<Result>(
	operate: (rows: IDBObjectStore) => Result,
): Promise<Result extends IDBRequest<infer Value> ? Value : undefined> {
	const opening = indexedDB.open("skyput", 1);
	await new Promise((resolve) => opening.addEventListener("success", resolve));
	const transaction = opening.result.transaction("uploads", "readwrite");
	const request = operate(transaction.objectStore("uploads"));
	await new Promise((resolve) => transaction.addEventListener("complete", resolve));
	opening.result.close();
	return (request instanceof IDBRequest ? request.result : undefined) as never;
}

it("gives back what was set last, and nothing once it is deleted", async () => {
	const opened: ResumeStore = store;
	expect(await opened.get(id)).toBeUndefined();
	await opened.set(id, "one");
	await opened.set(id, "two");
	expect(await opened.get(id)).toBe("two");
	await opened.delete(id);
	await opened.delete(id);
	expect(await opened.get(id)).toBeUndefined();
});

it("lists the ids of its records", async () => {
	await store.set(id, "one");
	await store.set("young", "two");
	expect((await store.list?.())?.toSorted()).toEqual([id, "young"]);
});

it("bears many operations at once", async () => {
	await Promise.all(Array.from({ length: 50 }, (_, n) => store.set(id, `${n}`)));
	expect(await store.get(id)).toBe("49");
});

it("sweeps records that nobody touched for 37 days, and no others", async () => {
	await putAged("old", 38);
	await putAged("young", 36);
	await store.set(id, "new");
	expect(await store.get("old")).toBeUndefined();
	expect(await store.get("young")).toBe("young");
});

it("is not held up by thousands of old records: each write sweeps some of them", async () => {
	await store.set(id, "one");
	await inDatabase((rows) => {
		const at = Date.now() - 38 * day;
		for (let n = 0; n < 20_000; n++) rows.put({ record: "old", at }, `stale ${n}`);
	});
	await store.set(id, "two");
	expect(await store.get(id)).toBe("two");
	const count = async (): Promise<number> =>
		(await inDatabase((rows) => rows.getAllKeys(IDBKeyRange.bound("stale", "stale~")))).length;
	expect(await count()).toBe(19_900);
	await store.set(id, "three");
	expect(await count()).toBe(19_800);
	await inDatabase((rows) => rows.clear());
});

it("is made again when it vanished under an open page", async () => {
	await store.set(id, "one");
	const deleting = indexedDB.deleteDatabase("skyput");
	await new Promise((resolve) => deleting.addEventListener("success", resolve));
	expect(await store.get(id)).toBeUndefined();
	await store.set(id, "two");
	expect(await store.get(id)).toBe("two");
});

it("keeps a record that is set in the place of one that nobody touched for 37 days", async () => {
	await putAged(id, 38);
	await store.set(id, "new");
	expect(await store.get(id)).toBe("new");
});

it("lets one at a time have the lock, and the next as soon as it is given back", async () => {
	const release = await store.lock(id, signal);
	let locked = false;
	const waiting = store.lock(id, signal).then((next) => {
		locked = true;
		return next;
	});
	const other = await store.lock("f".repeat(64), signal);
	expect(locked).toBe(false);
	await release();
	await (await waiting)();
	await other();
});

it("ends the wait for a lock with the signal's reason", async () => {
	const release = await store.lock(id, signal);
	const controller = new AbortController();
	const waiting = store.lock(id, controller.signal);
	controller.abort(new Error("enough"));
	await expect(waiting).rejects.toThrow("enough");
	await release();
	await (await store.lock(id, signal))();
});
