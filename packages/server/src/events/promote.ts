import { hasCode, UploadError } from "../errors.js";
import type { CommitSpec, ObjectInfo } from "../object-spec.js";
import type { Verdict } from "../outcomes.js";
import type { PresignProvider } from "../provider.js";
import type { QuarantineRecord } from "../quarantine.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { isExecuted } from "../uploads/content-type.js";
import { toStoredMetadata } from "../uploads/metadata.js";

/** Tag, or metadata where there are no tags, that tells what was found in an object. */
export const verdictTag = "skyput-verdict";

/** The same where names are identifiers. */
const verdictMetadata = "skyputverdict";

const maxTags = 10;

/** An upload that may get its key. */
export interface Promotion {
	readonly provider: PresignProvider;
	readonly rule: CompiledRule;
	readonly record: QuarantineRecord;
	readonly uploadId: string;
	/** What was looked at: its version, else its etag, is what is copied. */
	readonly source: ObjectInfo;
	readonly verdict: Verdict;
}

/** What is stored at the key: of the source, but the options that quarantine leaves out, and no foreign tag. */
function targetSpec({ provider, rule, record, uploadId, source, verdict }: Promotion): CommitSpec {
	const { tags = {}, storageClass, encryption, acl } = rule;
	const { objectOptions } = provider.capabilities;
	const isTagged = objectOptions?.tags === true && Object.keys(tags).length < maxTags;
	return {
		key: record.key,
		size: source.size,
		contentType: source.contentType,
		cacheControl: source.cacheControl,
		// no URL binds these headers: only a rule may ask for them
		contentDisposition:
			rule.contentDisposition !== undefined
				? source.contentDisposition
				: isExecuted(source.contentType ?? "")
					? "attachment"
					: undefined,
		contentEncoding: rule.contentEncoding === undefined ? undefined : source.contentEncoding,
		metadata: {
			...toStoredMetadata(record.metadata ?? {}),
			...(isTagged ? {} : { [verdictMetadata]: verdict }),
		},
		...(isTagged ? { tags: { ...tags, [verdictTag]: verdict } } : { tags: rule.tags }),
		storageClass,
		encryption,
		acl,
		uploadId,
	};
}

/**
 * The object at the key of an upload, if it is this upload's.
 *
 * @throws UploadError `already-exists` where the key is another one's and must not be overwritten.
 */
export async function findPromoted({
	provider,
	rule,
	record,
	uploadId,
}: Omit<Promotion, "source" | "verdict">): Promise<ObjectInfo | undefined> {
	const found = await provider.head(record.key);
	if (found?.uploadId === uploadId) return found;
	if (!found || rule.overwrite === true) return undefined;
	throw new UploadError("already-exists", "Another object got this key first. Choose another.");
}

/**
 * Copies what was looked at to its key. Safe to repeat: a copy whose response was lost is found.
 *
 * @returns The object at the key.
 * @throws UploadError `already-exists` where another object got the key first, `conflict` or `not-found` where
 *   the source has changed.
 */
export async function promote(promotion: Promotion): Promise<ObjectInfo> {
	const { provider, rule, record, uploadId, source } = promotion;
	const createOnly = rule.overwrite !== true && provider.capabilities.copy.createOnly;
	let failure: unknown;
	try {
		await provider.copy(source, record.key, { createOnly, spec: targetSpec(promotion) });
	} catch (error) {
		failure = error;
	}
	const promoted = await findPromoted(promotion);
	if (promoted && promoted.size === source.size) return promoted;
	if (failure !== undefined && !hasCode(failure, "already-exists")) throw failure;
	throw new UploadError(
		"storage-error",
		"The copy is not at its key: it was deleted or replaced at once. The event is tried again.",
		{
			cause: failure,
			reason: `${record.key} holds ${promoted ? `${promoted.size} bytes of` : "nothing of"} upload ${uploadId}`,
		},
	);
}
