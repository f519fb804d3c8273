import { UploadError } from "./errors.js";
import type { CommitSpec, ObjectInfo, ObjectSpec } from "./object-spec.js";
import type { SealedUpload } from "./token.js";
import type { Metadata } from "./uploads/metadata.js";
import type { Principal } from "./uploads/rule.js";

/** Keys of uploads that were not processed yet. */
export const quarantinePrefix = ".skyput/quarantine/";

/** A client that still sends when its URL expires, and clocks that differ, in seconds. */
export const expiryGrace = 900;

/** The metadata entry of Skyput's own objects: a name that every storage keeps. */
const recordName = "skyput";

/** S3 keeps 2 KB of metadata; the rest is for the id of the upload. */
const maxRecordBytes = 1990;

/** What the object handler has to know of an upload; stored with it, because there is no database. */
export interface QuarantineRecord {
	/** Where the object goes. */
	readonly key: string;
	/** Absent where it is the same. */
	readonly requestedKey?: string | undefined;
	/** The output of the rule's schema. */
	readonly metadata?: Metadata | undefined;
	readonly principal?: { readonly sub: string; readonly iss?: string | undefined } | undefined;
	/** Epoch seconds: when the last URL that can write the object has expired. */
	readonly until: number;
}

/** Where an upload is stored. */
export function storageKey({
	quarantined,
	uploadId,
	key,
}: Pick<SealedUpload, "quarantined" | "uploadId" | "key">): string {
	return quarantined ? quarantinePrefix + uploadId : key;
}

const asciiJson = (value: object): string =>
	JSON.stringify(value).replace(
		/[^\x20-\x7e]/g,
		(unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
	);

/** JSON in printable ASCII, as the value of one metadata entry. */
export function writeRecord(record: object): Readonly<Record<string, string>> {
	const json = asciiJson(record);
	if (json.length <= maxRecordBytes) return { [recordName]: json };
	throw new UploadError(
		"invalid-request",
		`The key and the metadata have ${json.length} bytes together; at most ${maxRecordBytes} can be kept. Shorten them.`,
		{ values: { length: json.length, limit: maxRecordBytes } },
	);
}

/** What {@link writeRecord} wrote; undefined for any other object. */
export function readRecord<Written extends object>({ metadata }: ObjectInfo): Written | undefined {
	try {
		const value: unknown = JSON.parse(metadata?.[recordName] ?? "null");
		return typeof value === "object" && value !== null ? (value as Written) : undefined;
	} catch {
		return undefined;
	}
}

const hasArray = (value: unknown): boolean =>
	Array.isArray(value) ||
	(typeof value === "object" && value !== null && Object.values(value).some(hasArray));

/**
 * The record of a file in quarantine; undefined for any other object, and where the holder of the URL has added to it:
 * Ceph takes an unsigned `X-Account-Meta-Skyput` for the same entry and joins the values by commas. Only an array can
 * hold the signed record among other values, and a record has none.
 */
export function readQuarantineRecord(object: ObjectInfo): QuarantineRecord | undefined {
	const record = readRecord<QuarantineRecord>(object);
	if (!record || hasArray(record)) return undefined;
	// of a member that is given twice, JSON.parse drops the first
	return object.metadata?.[recordName] === asciiJson(record) ? record : undefined;
}

/** What is written with a file in quarantine. */
export interface QuarantinedUpload {
	readonly upload: SealedUpload;
	readonly principal: Principal | null;
	/** Seconds that its URLs live. */
	readonly expiresIn: number;
}

/**
 * The spec of a file in quarantine: tags, ACL and storage class are those of the copy, because they could open it to
 * readers or to archives.
 *
 * @throws UploadError `invalid-request` where key and metadata are too long together.
 */
export function quarantineSpec<Spec extends ObjectSpec | CommitSpec>(
	{ tags: _tags, acl: _acl, storageClass: _class, ...spec }: Spec,
	{ upload, principal, expiresIn }: QuarantinedUpload,
): Omit<Spec, "tags" | "acl" | "storageClass"> {
	const { key, requestedKey, metadata, begun } = upload;
	const record: QuarantineRecord = {
		key,
		requestedKey,
		metadata,
		principal: principal ? { sub: principal.sub, iss: principal.iss } : undefined,
		until: begun + expiresIn,
	};
	return { ...spec, key: storageKey(upload), metadata: writeRecord(record) };
}
