import type { ObjectSpec } from "../provider.js";
import type { AuthorizedUpload } from "../uploads/authorize-upload.js";
import { type Metadata, toStoredMetadata } from "../uploads/metadata.js";
import { objectHeaders } from "../uploads/object-options.js";
import type { KeyInput } from "../uploads/rule.js";

/** What a rule stores with an object. */
export async function ruleSpec(
	{ rule, params, contentType }: AuthorizedUpload,
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
