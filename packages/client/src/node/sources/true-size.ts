import type { BigIntStats } from "node:fs";
import { open } from "node:fs/promises";
import { createSemaphore } from "../../upload/semaphore.js";

/** Bytes of the largest page: as many as `/sys` says of a file whose content the kernel makes up. */
const largestPage = 64 * 1024;

/** Thousands of uploads that begin at once must not run out of descriptors. */
const checks = createSemaphore(() => 4);
const { signal } = new AbortController();

/**
 * Whether a file has as many bytes as it says. Where nothing of it is on a disk, it is read to find out: one
 * in `/proc` says that it is empty, one in `/sys` that it fills a page.
 *
 * @param state of the file
 */
export async function hasTrueSize(
	path: string | URL,
	{ size, blocks }: BigIntStats,
): Promise<boolean> {
	if (size > 0 && (blocks > 0 || size > largestPage)) return true;
	const release = await checks.acquire(signal);
	try {
		return BigInt(await measure(path, Number(size) + 1)) === size;
	} finally {
		release();
	}
}

/** Reads until the end of the file, or so many bytes. */
async function measure(path: string | URL, most: number): Promise<number> {
	const handle = await open(path);
	try {
		const buffer = Buffer.allocUnsafe(most);
		let filled = 0;
		for (let got = -1; got !== 0 && filled < most; filled += got) {
			({ bytesRead: got } = await handle.read(buffer, filled));
		}
		return filled;
	} finally {
		await handle.close();
	}
}
