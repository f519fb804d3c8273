import type { Checksum, ChecksumAlgorithm } from "#protocol";
import { until } from "../http/wait.js";
import type { Hasher, Platform, UploadBody } from "../platform.js";

/** Reads a body into a hasher. */
export async function updateByBody(
	hasher: Hasher,
	body: UploadBody,
	signal: AbortSignal,
): Promise<void> {
	if (await hasher.digestBody?.(body, signal)) return;
	for await (const chunk of body.chunks()) {
		signal.throwIfAborted();
		hasher.update(chunk);
	}
}

/** Reads a body and computes its digest; undefined where the runtime lacks the algorithm. */
export async function digestBody(
	body: UploadBody,
	algorithm: ChecksumAlgorithm,
	platform: Platform,
	signal: AbortSignal,
): Promise<Checksum | undefined> {
	const hasher = await until(Promise.resolve(platform.hashers[algorithm]?.()), signal);
	if (!hasher) return undefined;
	// a read from a dead disk or network drive may never settle
	await until(updateByBody(hasher, body, signal), signal);
	return { algorithm, value: hasher.digest() };
}
