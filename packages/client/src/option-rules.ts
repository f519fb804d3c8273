import { isObject, UploadError } from "./errors.js";

/** What an option accepts, and the words for it. */
export type Rule = readonly [accepts: (value: unknown) => boolean, wants: string];
export type Rules = Readonly<Record<string, Rule>>;

/** The words contain the names of `typeof` that are accepted. */
export const typed = (wants: string): Rule => [
	(value) => value !== null && wants.includes(typeof value),
	wants,
];
export const countFrom = (least: number): Rule => [
	(value) => Number.isSafeInteger(value) && Number(value) >= least,
	`a whole number from ${least}`,
];
export const oneOf = (values: readonly string[]): Rule => [
	(value) => values.includes(value as never),
	`one of ${values.join(", ")}`,
];

/**
 * The defaults, overridden by each of the given options in turn; undefined members override nothing.
 *
 * @throws UploadError `invalid-request` for the first option that is unknown or has a bad value.
 */
export function fill<Options extends object>(
	rules: Rules,
	defaults: Options,
	...given: readonly unknown[]
): Options {
	const filled = { ...defaults };
	for (const options of given) {
		if (!isObject(options)) throw invalid("The options must be an object.");
		for (const [name, value] of Object.entries(options)) {
			if (!Object.hasOwn(rules, name)) {
				throw invalid(
					`Unknown option \`${name}\`. Known options: ${Object.keys(rules).join(", ")}.`,
				);
			}
			if (value === undefined) continue;
			const [accepts, wants] = rules[name] as Rule;
			if (!accepts(value)) throw invalid(`\`${name}\` must be ${wants}.`);
			Object.assign(filled, { [name]: value });
		}
	}
	return filled;
}

const invalid = (message: string): UploadError => new UploadError("invalid-request", message);
