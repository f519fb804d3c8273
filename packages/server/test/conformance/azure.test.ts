import { runProviderCases } from "@skyput/testing";
import { expect, test } from "vitest";
import { startAzurite } from "../../../../tools/start-azurite.js";
import { azureProvider } from "../../src/providers/azure/index.js";

test("The provider of Azure conforms on Azurite", async () => {
	const { close, ...options } = await startAzurite();
	try {
		const results = await runProviderCases(() => azureProvider(options));
		expect(results.filter(({ status }) => status === "failed")).toEqual([]);
	} finally {
		await close();
	}
});
