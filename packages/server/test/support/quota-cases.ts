import { expect, test } from "vitest";
import type { Quota, QuotaOptions } from "../../src/limits/quota.js";

/** A quota under test, and its clock. */
interface QuotaBed {
	/** Opens an empty quota. */
	readonly open: (options: QuotaOptions) => Promise<Quota>;
	/** Milliseconds. */
	readonly now: () => number;
	readonly advance: (milliseconds: number) => void;
}

/** What every quota does, in memory and in a table. */
export function quotaCases({ open, now, advance }: QuotaBed): void {
	let uploads = 0;
	const newId = (): string => String(++uploads).padStart(32, "0");
	const reserve = async (quota: Quota, bytes: number, owner = "a", id = newId()) =>
		(await quota.reserve({ owner, uploadId: id, bytes, until: now() / 1000 + 60 })) ? id : null;

	test("of 100 reservations at once, as many pass as fit, by bytes and by number", async () => {
		for (const [limits, fitting] of [
			[{ bytes: 1000 }, 10],
			[{ objects: 10 }, 10],
			[{ bytes: 10_000, objects: 200 }, 100],
		] as const) {
			const quota = await open(limits);
			const ids = await Promise.all(Array.from({ length: 100 }, () => reserve(quota, 100)));
			expect(ids.filter((id) => id !== null)).toHaveLength(fitting);
		}
	});

	test("a commit counts the real size instead of the reserved one, once", async () => {
		const quota = await open({ bytes: 1000 });
		const id = await reserve(quota, 1000);
		await quota.commit(id ?? "", 400);
		await quota.commit(id ?? "", 400);
		expect(await reserve(quota, 601)).toBeNull();
		expect(await reserve(quota, 600)).not.toBeNull();
		expect(await reserve(quota, 1)).toBeNull();
	});

	test("a release frees what is reserved or stored, once", async () => {
		const quota = await open({ bytes: 1000, objects: 2 });
		const [first, second] = [await reserve(quota, 500), await reserve(quota, 500)];
		await quota.commit(second ?? "", 500);
		await quota.release(first ?? "");
		await quota.release(first ?? "");
		expect(await reserve(quota, 501)).toBeNull();
		await quota.release(second ?? "");
		await quota.release(second ?? "");
		expect(await reserve(quota, 1001)).toBeNull();
		expect(await reserve(quota, 1000)).not.toBeNull();
	});

	test("the last commit or release counts, also of an upload that was aborted in between", async () => {
		const quota = await open({ bytes: 1000 });
		const id = (await reserve(quota, 1000)) ?? "";
		await quota.release(id);
		await quota.commit(id, 900);
		expect(await reserve(quota, 101)).toBeNull();
		await quota.release(id);
		expect(await reserve(quota, 1000)).not.toBeNull();
	});

	test("a reservation ends by its time, and a commit after it still counts", async () => {
		const quota = await open({ bytes: 1000 });
		const id = (await reserve(quota, 1000)) ?? "";
		advance(59_000);
		expect(await reserve(quota, 1)).toBeNull();
		advance(2_000);
		const next = (await reserve(quota, 1000)) ?? "";
		expect(next).not.toBe("");
		await quota.release(next);
		await quota.commit(id, 800);
		expect(await reserve(quota, 201)).toBeNull();
		advance(1e9);
		expect(await reserve(quota, 201)).toBeNull();
		expect(await reserve(quota, 200)).not.toBeNull();
	});

	test("reserving twice for one upload counts once", async () => {
		const quota = await open({ objects: 2 });
		const id = newId();
		for (let i = 0; i < 3; i++) expect(await reserve(quota, 1, "a", id)).toBe(id);
		expect(await reserve(quota, 1)).not.toBeNull();
		expect(await reserve(quota, 1)).toBeNull();
	});

	test("a limit of objects alone bounds no bytes", async () => {
		const quota = await open({ objects: 3 });
		// streams reserve the storage's largest object
		for (let i = 0; i < 3; i++) expect(await reserve(quota, 9e15)).not.toBeNull();
		expect(await reserve(quota, 1)).toBeNull();
	});

	test("each caller has a quota of its own, and unknown uploads count for nobody", async () => {
		const quota = await open({ bytes: 10 });
		await quota.commit(newId(), 10);
		await quota.release(newId());
		expect(await reserve(quota, 10, "a")).not.toBeNull();
		expect(await reserve(quota, 10, "b")).not.toBeNull();
		expect(await reserve(quota, 10, "")).not.toBeNull();
		expect(await reserve(quota, 1, "a")).toBeNull();
	});

	test("a file larger than the whole quota leaves nothing behind", async () => {
		const quota = await open({ bytes: 10 });
		for (let i = 0; i < 3; i++) expect(await reserve(quota, 11)).toBeNull();
		expect(await reserve(quota, 10)).not.toBeNull();
	});
}
