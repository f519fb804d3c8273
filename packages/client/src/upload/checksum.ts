import type { Checksum, ChecksumAlgorithm } from "#protocol";
import type { Platform, UploadBody } from "../platform.js";
import { combineCrc32 } from "./crc32-combine.js";

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

/** The whole object's CRC-32 from those of its parts, in order; undefined unless all are known. */
export function combineParts(
	parts: readonly { readonly digest?: string | undefined; readonly size: number }[],
): Checksum | undefined {
	const pieces = parts.flatMap(({ digest, size }) =>
		digest ? [{ crc: fromBase64(digest), size }] : [],
	);
	return pieces.length === parts.length
		? { algorithm: "crc32", value: toBase64(combineCrc32(pieces)) }
		: undefined;
}

function fromBase64(value: string): number {
	let crc = 0;
	for (const byte of atob(value)) crc = (crc << 8) | byte.charCodeAt(0);
	return crc >>> 0;
}

/** Base64 of the four bytes of a CRC, big-endian. */
export function toBase64(crc: number): string {
	return btoa(String.fromCharCode(crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255));
}
