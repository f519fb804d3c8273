import { createHash } from "node:crypto";
import { expect, vi } from "vitest";
import { UploadError } from "../../src/errors.js";

/** Bytes that differ from their neighbours. */
export function bytes(size: number): Uint8Array<ArrayBuffer> {
	const made = new Uint8Array(size);
	for (let i = 0; i < size; i++) made[i] = (i * 131) % 251;
	return made;
}

/** Asserts that two byte sequences are equal: fast for many megabytes, and prints none of them. */
export function expectSameBytes(actual: Uint8Array | null | undefined, expected: Uint8Array): void {
	expect(actual?.length).toBe(expected.length);
	const isSame = actual && Buffer.compare(actual, expected) === 0;
	expect(isSame, "whether all bytes are equal").toBe(true);
}

/** What an upload rejects with, which must be an {@link UploadError}. */
export async function failureOf(upload: Promise<unknown>): Promise<UploadError> {
	const error = await upload.then(
		() => "nothing: it succeeded",
		(reason: unknown) => reason,
	);
	expect(error).toBeInstanceOf(UploadError);
	return error as UploadError;
}

/** Waits for a condition, looking every millisecond. */
export const eventually = (condition: () => boolean): Promise<boolean> =>
	vi.waitUntil(condition, { interval: 1, timeout: 240_000 });

/** The `receipts` of a completion, from the receipts of all parts in order. */
export const receiptsOf = (receipts: readonly string[]): string =>
	createHash("sha256")
		.update(receipts.map((receipt, i) => `${i + 1}:${receipt}\n`).join(""))
		.digest("base64");
