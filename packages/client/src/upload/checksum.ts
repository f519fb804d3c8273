import type { Checksum, ChecksumAlgorithm } from "#protocol";
import { until } from "../http/wait.js";
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

/** Divides by x modulo the reversed CRC-32 polynomial of ISO 3309, as in zlib. */
export const shiftCrc32 = (crc: number): number => (crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1);

/** Base64 of the four bytes of a CRC, big-endian. */
export function toBase64(crc: number): string {
	return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255));
}
