import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sendLargeFile } from "./send-large-file.js";

test("a page stores a file of 150 MB in parts, byte for byte and checked by the storage", async () => {
	const dir = await mkdtemp(join(tmpdir(), "skyput-storage-"));
	onTestFinished(() => rm(dir, { recursive: true }));

	const { result, loaded, sent, stored, etag } = await sendLargeFile(150_000_000, { s3: { dir } });

	expect(result).toMatchObject({ size: 150_000_000, checksum: { algorithm: "crc32" } });
	// S3's mark of an object that came in parts: nine of 16 MiB
	expect(etag).toMatch(/^"?[0-9a-f]{32}-9"?$/);
	expect(stored).toBe(sent);
	expect(loaded).toEqual(loaded.toSorted((a, b) => a - b));
	expect(loaded.at(-1)).toBe(150_000_000);
});
