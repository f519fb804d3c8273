import type { ChecksumAlgorithm } from "#protocol";
import { isObject } from "../errors.js";

/** The stored state of an unfinished multipart upload; the server has the list of stored parts. */
export interface UploadRecord {
	readonly v: 1;
	/** The latest. */
	readonly token: string;
	/** Bytes. */
	readonly partSize: number;
	/** Of the plan. */
	readonly algorithm?: ChecksumAlgorithm | undefined;
	/** By it, of each part in order; null where none is known. */
	readonly digests: readonly (string | null)[];
	/** Whether every later change of the file changes the id of its record. */
	readonly exact?: boolean | undefined;
}

/** Parses a record; undefined for text that this version did not write. */
export function readRecord(text: string | undefined): UploadRecord | undefined {
	try {
		const record: unknown = JSON.parse(text ?? "");
		if (isRecord(record)) return record;
	} catch {
		// cut off or overwritten
	}
	return undefined;
}

const isRecord = (value: unknown): value is UploadRecord =>
	isObject(value) &&
	"v" in value &&
	value.v === 1 &&
	"token" in value &&
	typeof value.token === "string" &&
	"partSize" in value &&
	Number(value.partSize) >= 1 &&
	"digests" in value &&
	Array.isArray(value.digests);
