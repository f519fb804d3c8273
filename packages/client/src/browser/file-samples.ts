import { createCrc32 } from "../digests/crc32.js";
import { createYielder, until } from "../http/wait.js";
import type { UploadSource } from "../platform.js";
import { isBlobBody, throwFileChanged } from "./blob-source.js";

/** One of each stretch of the file: a change of two stretches in a row is always seen. */
const sampleCount = 64;
/** Bytes of each, at a random place: versions of a file may agree at regular ones. */
const sampleSize = 64;
/** Samples are read as so many Blobs at once, in half of the time that one takes. */
const blobCount = 4;

/** By source, computes the digest of its samples; and what it was when they were taken. */
const taken = new WeakMap<
	UploadSource,
	readonly [digest: () => Promise<string>, Promise<string>]
>();

/** Takes samples of a file, if that has not been done. */
export async function takeSamples(source: UploadSource): Promise<void> {
	if (!taken.has(source)) {
		const samples = sliceSamples(source);
		const digest = async (): Promise<string> => {
			const hash = createCrc32();
			const read = (await samples).map((blob) => blob.arrayBuffer());
			for (const bytes of await Promise.all(read)) hash.update(new Uint8Array(bytes));
			return hash.digest();
		};
		taken.set(source, [digest, digest()]);
	}
	// a file that cannot be read is told of by what reads it next
	await taken.get(source)?.[1].catch(() => {});
}

/** Chromium needs a quarter of a millisecond for each slice, and more while it sends. */
async function sliceSamples(source: UploadSource): Promise<Blob[]> {
	const yieldTurn = createYielder();
	const step = source.size / sampleCount;
	const slices: Blob[][] = Array.from({ length: blobCount }, () => []);
	for (let i = 0; i < sampleCount; i++) {
		const start = Math.floor((i + Math.random()) * step);
		const body = source.slice(start, Math.min(start + sampleSize, source.size));
		if (isBlobBody(body)) slices[i % blobCount]?.push(body.blob);
		await yieldTurn();
	}
	return slices.map((some) => new Blob(some));
}

/**
 * Reads the samples of a file again: Firefox reads one that has changed without an error.
 *
 * @throws UploadError `file-changed` unless they are the same.
 */
export async function checkSamples(source: UploadSource, signal: AbortSignal): Promise<void> {
	const [digest, before] = taken.get(source) ?? [];
	const digests = Promise.all([before, digest?.()]).catch(throwFileChanged);
	const [then, now] = await until(digests, signal);
	if (then !== now) throwFileChanged(undefined);
}
