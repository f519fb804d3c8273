import { createCrc32 } from "../digests/crc32.js";
import { createYielder, until } from "../http/wait.js";
import type { UploadSource } from "../platform.js";
import { isBlobBody, throwFileChanged } from "./blob-source.js";

/** Bytes of each sample, at a random place: versions of a file may agree at regular ones. */
const sampleSize = 64;

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
			hash.update(new Uint8Array(await (await samples).arrayBuffer()));
			return hash.digest();
		};
		taken.set(source, [digest, digest()]);
	}
	// a file that cannot be read is told of by what reads it next
	await taken.get(source)?.[1].catch(() => {});
}

/**
 * One of each stretch of the file: a change of two stretches in a row is always seen. Chromium, which needs a third of a
 * millisecond for each slice, and WebKit find changes themselves, other than those that keep the file's time.
 */
async function sliceSamples(source: UploadSource): Promise<Blob> {
	const yieldTurn = createYielder();
	const count = /Firefox/.test(`${globalThis.navigator?.userAgent}`) ? 64 : 16;
	const step = source.size / count;
	const slices: Blob[] = [];
	for (let i = 0; i < count; i++) {
		const start = Math.floor((i + Math.random()) * step);
		const body = source.slice(start, Math.min(start + sampleSize, source.size));
		if (isBlobBody(body)) slices.push(body.blob);
		await yieldTurn();
	}
	return new Blob(slices);
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
