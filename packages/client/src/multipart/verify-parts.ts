import { type ChecksumAlgorithm, sizeOfPart } from "#protocol";
import type { UploadSource } from "../platform.js";
import { digestBody } from "../upload/checksum.js";
import type { UploadContext } from "../upload/context.js";
import type { KnownPart } from "./part.js";
import { runPool } from "./pool.js";

/** The file that an earlier run sent parts of, and how long they were. */
interface PartedFile {
	readonly source: UploadSource;
	/** Bytes. */
	readonly partSize: number;
	/** Of the digests that were kept. @default "crc32" */
	readonly algorithm?: ChecksumAlgorithm | undefined;
}

/**
 * Reads the parts that an earlier run sent, of a file that may have changed since.
 *
 * @param sent what is known of them, by number
 * @returns with their digests of now, those that were not sent or received with others
 */
export async function verifyParts(
	{ platform, settings, signal }: UploadContext,
	{ source, partSize, algorithm = "crc32" }: PartedFile,
	sent: ReadonlyMap<number, KnownPart>,
): Promise<ReadonlyMap<number, KnownPart>> {
	const same = new Map<number, KnownPart>();
	const { concurrency } = settings;
	await runPool(sent, { concurrency, signal }, async ([partNumber, known], either) => {
		const start = (partNumber - 1) * partSize;
		const body = source.slice(start, start + sizeOfPart(partNumber, source.size, partSize));
		const digest = (await digestBody(body, algorithm, platform, either))?.value;
		const before = known.digest ?? known.listed;
		if (digest && digest === (before ?? digest)) same.set(partNumber, { ...known, digest });
	});
	return same;
}
