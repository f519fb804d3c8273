import type { CommitSpec, ObjectSpec } from "../object-spec.js";
import { quarantineSpec } from "../quarantine.js";
import type { AuthorizedUpload } from "../uploads/authorize-upload.js";
import { type Metadata, toStoredMetadata } from "../uploads/metadata.js";
import { objectHeaders } from "../uploads/object-options.js";
import type { KeyInput } from "../uploads/rule.js";
import type { OpenUpload } from "./open-upload.js";

/** What a rule stores with an object. */
export async function ruleSpec(
	{ rule, params, contentType }: Pick<AuthorizedUpload, "rule" | "params" | "contentType">,
	request: Pick<KeyInput, "principal" | "requestedKey" | "size">,
	metadata: Metadata | undefined,
): Promise<Omit<ObjectSpec, "key" | "size" | "contentType" | "uploadId">> {
	const { tags, storageClass, encryption, acl } = rule;
	return {
		...(await objectHeaders(rule, { ...request, params, contentType })),
		tags,
		storageClass,
		encryption,
		acl,
		metadata: metadata && toStoredMetadata(metadata),
	};
}

/** What the upload of a token stores, by today's rule. @param size - Bytes, counted. */
export async function commitSpec(
	{ upload, rule, params, principal }: OpenUpload,
	size: number,
): Promise<CommitSpec> {
	const { key, requestedKey = key, contentType, uploadId, metadata } = upload;
	const request = { principal, requestedKey, size: upload.size };
	const options = await ruleSpec({ rule, params, contentType }, request, metadata);
	const spec = { key, size, contentType, uploadId, ...options };
	if (!upload.quarantined) return spec;
	return quarantineSpec(spec, { upload, principal, expiresIn: rule.expiresIn });
}
