import type { ObjectSpec } from "../provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { type Metadata, toStoredMetadata } from "../uploads/metadata.js";

/** What a rule stores with every object. */
export function ruleSpec(
	{ cacheControl, contentDisposition }: CompiledRule,
	metadata: Metadata | undefined,
): Pick<ObjectSpec, "cacheControl" | "contentDisposition" | "metadata"> {
	return { cacheControl, contentDisposition, metadata: metadata && toStoredMetadata(metadata) };
}
