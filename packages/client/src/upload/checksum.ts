import type { Checksum, ChecksumAlgorithm } from "#protocol";
import type { Platform, UploadBody } from "../platform.js";

/** Reads a body once for its digest; undefined where the runtime does not know the algorithm. */
export async function digestBody(
	body: UploadBody,
	algorithm: ChecksumAlgorithm,
	platform: Platform,
	signal: AbortSignal,
): Promise<Checksum | undefined> {
	const hasher = platform.hashers[algorithm]?.();
	if (!hasher) return undefined;
	for await (const chunk of body.chunks()) {
		signal.throwIfAborted();
		hasher.update(chunk);
	}
	return { algorithm, value: hasher.digest() };
}
