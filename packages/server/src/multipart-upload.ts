import type { Checksum, ChecksumAlgorithm, StoredPart } from "#protocol";
import type { CommitSpec } from "./object-spec.js";

/** How parts are signed. */
export interface SignPartsOptions {
	/** Requested seconds; the window states the actual ones, which may be fewer. */
	readonly expiresIn: number;
	/** The client sends this digest with every part: the window names the header. @default none */
	readonly partChecksum?: ChecksumAlgorithm | undefined;
	/** Index of the one host name to sign for, below `hosts` of the provider. @default all of them */
	readonly host?: number | undefined;
}

/** A multipart upload in progress. `id` is opaque to all but its provider. */
export interface MultipartRef {
	readonly key: string;
	/** The storage's own upload id. */
	readonly id: string;
}

/** Consecutive parts to sign: all of `partSize`, except a last one of `lastSize`. */
export interface PartRange {
	/** From 1. */
	readonly first: number;
	readonly count: number;
	readonly partSize: number;
	/** Bytes of the range's last part, when it is shorter than the others. */
	readonly lastSize?: number | undefined;
}

/** A stored part, as it is committed. */
export interface CommitPart {
	readonly partNumber: number;
	/** As listed. */
	readonly receipt: string;
	/** As listed. */
	readonly checksum?: Checksum | undefined;
}

export interface PartPage {
	/** Ascending. */
	readonly parts: readonly StoredPart[];
	/** Present if there are more parts: the `after` of the next call. */
	readonly next?: number | undefined;
}

/** How a multipart upload begins. */
export interface CreateMultipartOptions {
	/** What {@link CompleteOptions.createOnly} will be. */
	readonly createOnly: boolean;
	/** The digest that {@link CompleteOptions.checksum} will have. @default none */
	readonly checksum?: ChecksumAlgorithm | undefined;
}

/** How a multipart upload is committed. */
export interface CompleteOptions {
	/** As at the beginning, by today's rule. Its size was checked against the stored parts. */
	readonly spec: CommitSpec;
	/** The storage must refuse to overwrite. */
	readonly createOnly: boolean;
	/** Of the whole object; the storage must refuse another. @default none */
	readonly checksum?: Checksum | undefined;
}
