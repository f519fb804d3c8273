import { afterAll, beforeAll, expect, inject, it, vi } from "vitest";
import { createClient } from "../../src/browser/index.js";
import { runScenarios } from "../integrity/scenarios.js";

// no back-off
beforeAll(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterAll(() => void vi.restoreAllMocks());

// `packages/client/test/end-to-end/integrity.test.ts` writes and prints the table
it.each(inject("storages"))(
	"ends one flipped byte on the way to a storage as documented: $name",
	async ({ name, endpoint, outcomes }) => {
		await fetch(`${inject("reader")}/?${encodeURIComponent(name)}`, { method: "POST" });
		const measured = await runScenarios({
			createClient,
			endpoint,
			async crcAt(key) {
				const url = `${inject("reader")}/${encodeURIComponent(key)}?${encodeURIComponent(name)}`;
				const held: { readonly crc32?: number } = await (await fetch(url)).json();
				return held.crc32;
			},
		});
		expect(measured).toEqual(outcomes);
	},
);
