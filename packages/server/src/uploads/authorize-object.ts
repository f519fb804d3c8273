import { refuse } from "./authorize-upload.js";
import type { CompiledRule } from "./compile-rule.js";
import type { Uploads } from "./define-uploads.js";
import { matchPattern } from "./pattern.js";
import type { ObjectAccess } from "./rule.js";

/**
 * Finds the rule of an object's key, and runs its `authorizeRead` or `authorizeDelete`.
 *
 * @returns The rule, and the segments of the key.
 * @throws UploadError `unauthenticated` without a principal, else `forbidden`.
 */
export async function authorizeObject(
	uploads: Uploads,
	access: Omit<ObjectAccess, "params">,
): Promise<{ readonly rule: CompiledRule; readonly params: ObjectAccess["params"] }> {
	const { principal, action, key } = access;
	const name = action === "delete" ? "authorizeDelete" : "authorizeRead";
	for (const rule of uploads.rules) {
		const params = matchPattern(rule.pattern, key);
		if (!params) continue;
		const allows: CompiledRule[typeof name] = rule[name];
		if (allows === "public") return { rule, params };
		const pattern = `"${rule.pattern.source}"`;
		if (!allows) throw refuse(principal, `the rule ${pattern} has no ${name}`, action);
		// require exactly `true`, not a truthy value such as a forgotten call
		if ((await (allows as (input: ObjectAccess) => unknown)({ ...access, params })) === true)
			return { rule, params };
		throw refuse(principal, `${name} of ${pattern} did not return true (${action})`, action);
	}
	throw refuse(principal, "no pattern matches the key", action);
}
