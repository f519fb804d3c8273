import { randomBytes } from "node:crypto";
import { hasCode, UploadError } from "../../errors.js";
import { blockListBody, blockNumber } from "./block-list.js";
import type { StorageCall, StorageCalls } from "./calls.js";
import { type BlockDigest, combineBlocks } from "./crc64.js";
import type { StorageAction } from "./errors.js";

/** What is copied, and how the copy is stored. */
export interface ServerCopy {
	readonly source: { readonly key: string; readonly size: number; readonly etag: string };
	readonly target: string;
	readonly createOnly: boolean;
	/**
	 * Type, metadata and other headers of the copy. Called with the digest of its bytes before it is visible,
	 * and may refuse it.
	 */
	headers(crc64: string): Readonly<Record<string, string | undefined>>;
}

const mebibyte = 2 ** 20;

/** Bytes of a block, unless the object needs more than the 50,000 that a blob can have. */
const blockSize = 64 * mebibyte;
const maxBlocks = 50_000;

/** Requests at once: the service copies each by itself. */
const concurrency = 16;

/** Milliseconds of one attempt at 64 MiB: inside of an account they take some seconds. */
const blockTimeout = 60_000;

/** Of a range: one of thousands must not end all. */
const attempts = 5;

/**
 * Copies an object inside of the account: Put Block From URL for each range, then Put Block List. The bytes
 * are digested by the service on the way, so the digest is known before the copy is visible.
 * https://learn.microsoft.com/rest/api/storageservices/put-block-from-url
 *
 * @param action - For the message of an error.
 * @returns The etag of the copy.
 * @throws UploadError `conflict` when the source has another etag or another copy was faster, `already-exists`.
 */
export async function copyOnServer(
	calls: StorageCalls,
	action: StorageAction,
	{ source, target, createOnly, headers }: ServerCopy,
): Promise<string | undefined> {
	const { key, size, etag } = source;
	// its own at every attempt: only what this call has copied and compared is committed
	const prefix = Buffer.from(newName()).toString("base64");
	const step = Math.max(blockSize, Math.ceil(size / maxBlocks));
	const starts = Array.from({ length: Math.ceil(size / step) }, (_, index) => index * step);
	const nameOf = (index: number): string => prefix + blockNumber(index);
	const copyRange = async (start: number, index: number): Promise<BlockDigest> => {
		const end = Math.min(start + step, size);
		const { headers } = await calls.send(action, {
			method: "PUT",
			key: target,
			permissions: "w",
			query: `&comp=block&blockid=${encodeURIComponent(nameOf(index))}`,
			headers: {
				"x-ms-copy-source": await calls.sourceUrl(key),
				"x-ms-source-range": `bytes=${start}-${end - 1}`,
				"x-ms-source-if-match": etag,
			},
			body: "",
			timeout: (blockTimeout * step) / blockSize,
			attempts,
		});
		const crc64 = headers.get("x-ms-content-crc64");
		if (crc64) return { crc64, size: end - start };
		throw new UploadError(
			"storage-error",
			`Could not ${action}. The storage told no digest of it.`,
		);
	};
	const blocks = await inParallel(starts, copyRange);
	const list: StorageCall = {
		method: "PUT",
		key: target,
		permissions: "w",
		query: "&comp=blocklist",
		headers: { ...headers(combineBlocks(blocks)), "if-none-match": createOnly ? "*" : undefined },
		body: blockListBody(starts.map((_, index) => nameOf(index))),
	};
	try {
		return (await calls.send(action, list)).headers.get("etag") ?? undefined;
	} catch (error) {
		if (!hasCode(error, "invalid-parts")) throw error;
		// the commit of another copy to the key has dropped these blocks
		throw new UploadError("conflict", "Another write to the same key was faster.", {
			cause: error,
		});
	}
}

/** A random name of 24 characters: base64 of it needs no padding. */
function newName(): string {
	return randomBytes(12).toString("hex");
}

/** Maps in order, a few at once. Begins none after a failure, which ends the generator. */
async function inParallel<Item, Result>(
	items: readonly Item[],
	run: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
	const results: Result[] = [];
	const queue = (function* () {
		yield* items.entries();
	})();
	const work = async (): Promise<void> => {
		for (const [index, item] of queue) {
			results[index] = await run(item, index);
		}
	};
	await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, () => work()));
	return results;
}
