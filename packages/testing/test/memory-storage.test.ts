import { type PresignProvider, staged } from "@skyput/server/provider";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MemoryStorage, runProviderCases, startMemoryStorage } from "../src/index.js";

let storages: readonly MemoryStorage[] = [];
beforeAll(async () => {
	storages = [await startMemoryStorage(), await startMemoryStorage({ style: "token" })];
});
afterAll(() => Promise.all(storages.map((storage) => storage.close())));

test.each([
	["URLs that bind every constraint", (): PresignProvider | undefined => storages[0]?.provider],
	["URLs that grant a permission on an object", () => storages[1]?.provider],
	["the same, staged", () => storages[1] && staged(storages[1].provider)],
] as const)("the cases accept a storage with %s", async (_, provider) => {
	const made = provider();
	if (made === undefined) throw new Error("The storage has not started.");
	const results = await runProviderCases(() => made, { print: () => {} });
	expect(results.filter(({ status }) => status === "failed")).toEqual([]);
});
