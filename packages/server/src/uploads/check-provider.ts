import { multipartThreshold } from "#protocol";
import type { PresignProvider } from "../provider.js";
import type { CompiledRule } from "./compile-rule.js";
import type { Uploads } from "./define-uploads.js";

/** Whether the rule allows files that need a multipart upload. */
export function mayBeMultipart(rule: CompiledRule): boolean {
	return rule.maxSize === undefined || rule.maxSize > multipartThreshold;
}

/** Whether the storage must refuse to overwrite, for one kind of upload. */
export function createOnly(
	rule: CompiledRule,
	provider: PresignProvider,
	kind: "single" | "multipart",
): boolean {
	return rule.overwrite !== true && provider.capabilities.createOnly[kind] !== "none";
}

function problem(rule: CompiledRule, provider: PresignProvider, kind: string): string {
	const smaller =
		kind === "multipart" ? `, set maxSize to 100 MB or less (such files are single uploads)` : "";
	return `The rule "${rule.pattern.source}" must not overwrite, but ${provider.id} storage cannot refuse to overwrite in ${kind} uploads. Let the server make a unique key (key: ...), allow it (overwrite: true)${smaller}, or state what the storage can do (compatibility, capabilities).`;
}

/**
 * Checks that the storage can enforce every rule.
 *
 * @param options - `post`: whether multipart uploads are served.
 * @throws TypeError with every rule that it cannot enforce, and how to resolve it.
 */
export function checkProvider(
	uploads: Uploads,
	provider: PresignProvider,
	options: { readonly post: boolean },
): void {
	const { createOnly: can, multipart } = provider.capabilities;
	const problems: string[] = [];
	for (const rule of uploads.rules) {
		if (rule.overwrite === true || rule.key) continue;
		if (can.single === "none") problems.push(problem(rule, provider, "single"));
		else if (
			options.post &&
			multipart !== false &&
			mayBeMultipart(rule) &&
			can.multipart === "none"
		) {
			problems.push(problem(rule, provider, "multipart"));
		}
	}
	if (problems.length > 0) throw new TypeError(problems.join("\n"));
}
