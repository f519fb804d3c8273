import { randomBytes } from "node:crypto";
import { expect, test, vi } from "vitest";
import { openSource } from "../../src/browser/blob-source.js";
import { checkSamples, takeSamples } from "../../src/browser/file-samples.js";
import type { UploadSource } from "../../src/platform.js";

test("an unchanged file passes in a runtime without a navigator", async () => {
	vi.stubGlobal("navigator", undefined);
	try {
		const source = (await openSource(new Blob([randomBytes(100_000)]))) as UploadSource;
		await takeSamples(source);
		await expect(checkSamples(source, new AbortController().signal)).resolves.toBeUndefined();
	} finally {
		vi.unstubAllGlobals();
	}
});
