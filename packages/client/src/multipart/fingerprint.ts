import type { UploadSource } from "../platform.js";
import type { UploadContext } from "../upload/context.js";

/** Bytes of each sample. Files of one format, and versions of a growing file, differ at these three places. */
const sampleSize = 64 * 1024;

/**
 * Identifies an upload by everything that must be the same for another run to continue it: endpoint, key,
 * type, metadata, and the file's identity, size and bytes at its head, middle and tail.
 *
 * @returns 64 hexadecimal digits of a SHA-256; undefined for a source without a name
 */
export async function fingerprint(
	{ settings, key }: UploadContext,
	source: UploadSource,
): Promise<string | undefined> {
	const { size } = source;
	const { endpoint, contentType, metadata } = settings;
	const { name, lastModified } = source.identity ?? {};
	if (!name) return undefined;
	const about = [endpoint.origin, endpoint.pathname, key, contentType, metadata];
	const sample = Math.min(sampleSize, size);
	const read = async (start: number): Promise<BlobPart[]> => {
		const chunks: BlobPart[] = [];
		for await (const chunk of source.slice(start, start + sample).chunks()) {
			// a chunk is valid until the next one is requested
			chunks.push(chunk.slice());
		}
		return chunks;
	};
	const starts = [0, Math.floor((size - sample) / 2), size - sample];
	const samples = await Promise.all(starts.map(read));
	const pieces = [JSON.stringify([...about, name, lastModified, size]), ...samples.flat()];
	const bytes = await new Blob(pieces).arrayBuffer();
	const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
	return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
