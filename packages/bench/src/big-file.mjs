import { randomBytes } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { stopped } from "./stopped.mjs";

const mebibyte = 1024 * 1024;

/**
 * Writes a file in a folder that `remove` deletes. Resolves once the file is on the disk and in the page
 * cache, so that no I/O happens during a measurement.
 */
export async function makeBigFile(mebibytes) {
	const folder = await mkdtemp(join(tmpdir(), "skyput-bench-"));
	const remove = () => rm(folder, { recursive: true, force: true });
	try {
		const path = join(folder, "file.bin");
		return { path, size: mebibytes * mebibyte, crc32: await fill(path, mebibytes), remove };
	} catch (error) {
		await remove();
		throw error;
	}
}

/** Resolves with the CRC-32 in base64. */
async function fill(path, mebibytes) {
	const block = randomBytes(mebibyte);
	const digest = Buffer.alloc(4);
	let crc = 0;
	const file = await open(path, "w");
	try {
		for (let written = 0; written < mebibytes; written++) {
			stopped.throwIfAborted();
			// no two blocks are equal, so a part sent in place of another is noticed
			block.writeUInt32BE(written, 0);
			crc = crc32(block, crc);
			await file.write(block);
		}
		await file.sync();
	} finally {
		await file.close();
	}
	digest.writeUInt32BE(crc);
	return digest.toString("base64");
}
