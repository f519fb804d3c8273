import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sendLargeFile } from "./send-large-file.js";

test("a page stores a file of 110 MB in parts, byte for byte and checked by the storage", async () => {
	const dir = await mkdtemp(join(tmpdir(), "skyput-storage-"));
	onTestFinished(() => rm(dir, { recursive: true }));

	const { result, loaded, sent, stored, etag } = await sendLargeFile(110_000_000, { s3: { dir } });

	expect(result).toMatchObject({ size: 110_000_000, checksum: { algorithm: "crc32" } });
	// S3's mark of an object that came in parts: seven of 16 MiB
	expect(etag).toMatch(/^"?[0-9a-f]{32}-7"?$/);
	expect(stored).toBe(sent);
	expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
	expect(loaded.at(-1)).toBe(110_000_000);
});
