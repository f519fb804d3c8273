import { createCrc32 } from "../digests/crc32.js";
import { until } from "../http/wait.js";
import type { StreamSource, UploadSource } from "../platform.js";
import { isBlobBody, throwFileChanged } from "./blob-source.js";
import { readChunks } from "./read-chunks.js";

/** One of each stretch of the file: a change of two stretches in a row is always seen. */
const sampleCount = 64;
/** Bytes of each, at a random place: versions of a file may agree at regular ones. */
const sampleSize = 64;

/** By source, computes the digest of its samples; and what it was when they were taken. */
const taken = new WeakMap<
	UploadSource,
	readonly [digest: () => Promise<string>, Promise<string>]
>();

/** Takes samples of a file, if that has not been done. A stream needs none: it is read once. */
export function takeSamples(source: UploadSource | StreamSource): void {
	if (!("slice" in source) || taken.has(source)) return;
	const step = source.size / sampleCount;
	const slices = Array.from({ length: sampleCount }, (_, i) => {
		const start = Math.floor((i + Math.random()) * step);
		const body = source.slice(start, Math.min(start + sampleSize, source.size));
		return isBlobBody(body) ? body.blob : "";
	});
	const samples = new Blob(slices);
	const digest = async (): Promise<string> => {
		const hash = createCrc32();
		for await (const chunk of readChunks(samples)) hash.update(chunk);
		return hash.digest();
	};
	const before = digest();
	// nobody waits for it where the upload fails before
	before.catch(() => {});
	taken.set(source, [digest, before]);
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
