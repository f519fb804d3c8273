import { readFile, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Backend } from "@skyput/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { findCeph } from "../../../../tools/find-ceph.js";
import { startCeph } from "../../../../tools/start-ceph.js";
import { createClient } from "../../src/node/index.js";
import { runScenarios } from "../integrity/scenarios.js";
import { startFlippingBackend, startSimulatedStorage, storages } from "../integrity/storages.js";
import { integrityDocument, readTable, tableIn, writeTable } from "../integrity/table.js";

/*
 * One flipped byte on the wire, for each storage. `SKYPUT_WRITE_DOCS=1` writes the outcomes to
 * docs/integrity.md; without it they must be those that stand there.
 */

// no back-off
beforeAll(() => void vi.spyOn(Math, "random").mockReturnValue(0));
afterAll(() => void vi.restoreAllMocks());

const measured = new Map<string, string[]>();

async function outcomesOf(backend: Backend): Promise<string[]> {
	onTestFinished(() => backend.close());
	return await runScenarios({
		createClient,
		endpoint: backend.endpoint,
		async crcAt(key) {
			const bytes = await backend.read(key);
			return bytes ? crc32(bytes) : undefined;
		},
	});
}

describe("one flipped byte on the way to a storage", () => {
	it.each(storages)("ends as documented: $name", async (storage) => {
		const outcomes = await outcomesOf(await startSimulatedStorage(storage));
		measured.set(storage.name, outcomes);
		expect(outcomes.join()).not.toMatch(/[A-Z]{5}|refused:/);
	});

	it.runIf(findCeph())("ends on a real Ceph as it does on a simulated one", async () => {
		const ceph = await startCeph();
		if (!ceph) throw new Error("Ceph did not start.");
		onTestFinished(() => ceph.close());
		const backend = await startFlippingBackend({ ...ceph, compatibility: "ceph" });
		expect(await outcomesOf(backend)).toEqual(measured.get("ceph"));
	});

	it("is documented as measured", async () => {
		const text = await readFile(integrityDocument, "utf8");
		const table = writeTable(measured);
		process.stdout.write(`\n${table}\n`);
		if (process.env["SKYPUT_WRITE_DOCS"]) {
			await writeFile(
				integrityDocument,
				text.replace(tableIn(text), () => table),
			);
		} else {
			expect(readTable(text)).toEqual(measured);
		}
	});
});
