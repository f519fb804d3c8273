import { expect, test } from "vitest";
import type { OutcomeStore, UploadOutcome } from "../../src/outcomes.js";

export const outcome = (state: UploadOutcome["state"], reason?: string): UploadOutcome => ({
	state,
	verdict: state === "available" ? "clean" : "unscannable",
	key: "files/ä",
	size: 5,
	time: "2026-01-01T00:00:00.000Z",
	...(reason === undefined ? {} : { reason }),
});

/** What every store of outcomes does. */
export function outcomeCases(open: () => Promise<OutcomeStore>): void {
	const newId = (): string => crypto.randomUUID().replaceAll("-", "");

	test("an outcome that is held is replaced once, and a final one never", async () => {
		const store = await open();
		const id = newId();
		expect(await store.find(id)).toBeUndefined();
		expect(await store.begin(id, 60)).toBe("mine");
		await store.finish(id, outcome("held", "encrypted"));
		expect(await store.find(id)).toEqual(outcome("held", "encrypted"));
		expect(await store.begin(id, 60)).toBe("mine");
		expect(await store.finish(id, outcome("available"))).toEqual(outcome("available"));
		expect(await store.begin(id, 60)).toEqual(outcome("available"));
		expect(await store.finish(id, outcome("rejected"))).toEqual(outcome("available"));
		await store.finish(id, outcome("held"));
		await store.release(id);
		expect(await store.find(id)).toEqual(outcome("available"));
	});

	test("of many outcomes at once, one is recorded", async () => {
		const store = await open();
		const id = newId();
		const found = await Promise.all(
			Array.from({ length: 10 }, (_, n) => store.finish(id, outcome("rejected", `${n}`))),
		);
		expect(new Set(found.map(({ reason }) => reason)).size).toBe(1);
		expect(await store.find(id)).toEqual(found[0]);
	});
}
