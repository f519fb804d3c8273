import { fill, oneOf, type Rules, typed } from "../option-rules.js";
import { priorities } from "../options.js";

/** @throws UploadError `invalid-request` for the first option that is missing, unknown or has a bad value. */
export function checkListOptions(options: { readonly key?: unknown }): void {
	// in here, since a page without a list drops only functions
	const rules: Rules = {
		key: typed("a function"),
		start: oneOf(["now", "manual"]),
		maxFiles: [(value) => typeof value === "number" && value >= 0, "a number from 0"],
		duplicates: oneOf(["skip", "allow"]),
		parallel: [(value) => typeof value === "number" && value >= 1, "a number from 1"],
		limits: typed("an object or a function"),
		metadata: [() => true, ""],
		priority: oneOf(priorities),
		pending: typed("a boolean"),
		confirmLeave: typed("a boolean"),
		keepAwake: typed("a boolean"),
		onItemDone: typed("a function"),
	};
	fill(rules, {}, { ...options, key: options.key ?? null });
}
