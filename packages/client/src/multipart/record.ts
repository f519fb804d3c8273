import type { ChecksumAlgorithm } from "#protocol";
import { isObject } from "../errors.js";

/** What an upload is of, for `pending()`. */
export interface RecordedUpload {
	/** Absolute, without the query. */
	readonly endpoint: string;
	readonly key: string;
	/** The file's. */
	readonly name: string;
	/** Bytes. */
	readonly size: number;
	/** Bytes that were stored when the record was written. */
	readonly sent: number;
	/** Milliseconds since the epoch. */
	readonly begun: number;
	readonly contentType?: string | undefined;
	readonly metadata?: unknown;
}

/** The stored state of an unfinished multipart upload; the server has the list of stored parts. */
export interface UploadRecord {
	readonly v: 1;
	/** The id that it is stored under, to notice a store that returns another record. */
	readonly id: string;
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
	readonly about?: RecordedUpload | undefined;
}

/** The query of an endpoint may hold a secret, and another one at the next run. */
export const withoutQuery = ({ origin, pathname }: URL): string => origin + pathname;

/** Parses the record of this id; undefined for text that this version did not write, or by another id. */
export function readRecord(text: string | undefined, id: string): UploadRecord | undefined {
	try {
		const record: unknown = JSON.parse(text ?? "");
		if (!isRecord(record) || record.id !== id) return undefined;
		// throws where one is no base64
		for (const digest of record.digests) atob(digest ?? "");
		return record;
	} catch {
		// cut off or overwritten
	}
	return undefined;
}

function isRecord(value: unknown): value is UploadRecord {
	const { v, token, partSize, digests }: Partial<Record<keyof UploadRecord, unknown>> =
		Object(value);
	return (
		v === 1 && typeof token === "string" && Number.isInteger(partSize) && Array.isArray(digests)
	);
}

/** Whether a record tells what its upload is of. */
export const isRecordedUpload = (value: unknown): value is RecordedUpload =>
	isObject(value) &&
	["endpoint", "key", "name"].every((name) => typeof Reflect.get(value, name) === "string") &&
	["size", "sent", "begun"].every((name) => Number.isFinite(Reflect.get(value, name)));
