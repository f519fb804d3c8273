import type { Checksum, ChecksumAlgorithm } from "#protocol";
import { until } from "../http/wait.js";
import type { Platform, UploadBody } from "../platform.js";

/** Reads a body and computes its digest; undefined when the runtime lacks the algorithm. */
export async function digestBody(
	body: UploadBody,
	algorithm: ChecksumAlgorithm,
	platform: Platform,
	signal: AbortSignal,
): Promise<Checksum | undefined> {
	const hasher = await platform.hashers[algorithm]?.();
	if (!hasher) return undefined;
	const read = async (): Promise<void> => {
		for await (const chunk of body.chunks()) {
			signal.throwIfAborted();
			hasher.update(chunk);
		}
	};
	// a read from a dead disk or network drive may never settle
	await until(read(), signal);
	return { algorithm, value: hasher.digest() };
}
