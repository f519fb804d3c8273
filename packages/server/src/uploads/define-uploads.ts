import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type CompiledRule, compileRule } from "./compile-rule.js";
import { type PatternParams, patternsOverlap } from "./pattern.js";
import type { UploadRule } from "./rule.js";

/** The table that {@link defineUploads} made; `typeof uploads` types the client. */
export interface Uploads<Table extends UploadsTypes = UploadsTypes> {
	readonly rules: readonly CompiledRule[];
	/** For types only; doesn't exist at run time. */
	readonly "~uploads"?: Table | undefined;
}

/** For every pattern: the metadata that the client sends, and what `onComplete` returns. */
export interface UploadsTypes {
	readonly [pattern: string]: { readonly metadata: unknown; readonly data: unknown };
}

/**
 * The types of a table by pattern: `InferUploads<typeof uploads>["videos/:id"]["data"]` is what that
 * rule's `onComplete` returns, and `["metadata"]` what a client sends.
 */
export type InferUploads<Table extends Uploads> = NonNullable<Table["~uploads"]>;

/** What a rule's schema returns; no members without a schema. */
type OutputOf<Schema> =
	Schema extends StandardSchemaV1.Props<infer _Input, infer Output>
		? Output
		: Readonly<Record<never, never>>;

/** What {@link defineUploads} takes: patterns, each with its {@link UploadRule}. */
export type UploadTable<Schemas, Handlers> = {
	readonly [Pattern in keyof Schemas]: UploadRule<
		PatternParams<Pattern & string>,
		OutputOf<Schemas[Pattern]>
	> & {
		// only the standard's member: whole schemas would take the compiler ten times as long
		readonly metadata?: { readonly "~standard": Schemas[Pattern] } | undefined;
	};
} & {
	readonly [Pattern in keyof Handlers]: { readonly onComplete?: Handlers[Pattern] | undefined };
};

/** What a client sends for a rule. */
type InputOf<Schema> =
	Schema extends StandardSchemaV1.Props<infer Input, infer _Output> ? Input : undefined;

/** The type of a value after JSON: a Date becomes a string, a function is dropped. */
type AsJson<Value> = 0 extends 1 & Value
	? Value
	: Value extends void
		? undefined
		: Value extends string | number | boolean | null
			? Value
			: Value extends { toJSON(...input: never): infer Json }
				? AsJson<Json>
				: Value extends bigint | symbol | ((...input: never) => unknown)
					? never
					: Value extends object
						? { [Name in keyof Value]: AsJson<Value[Name]> }
						: Value;

/** What a client gets from a rule's `onComplete`. */
type DataOf<Handler> = Handler extends (...input: never) => infer Data
	? AsJson<Awaited<Data>>
	: undefined;

/**
 * Defines who may write which key, how large and of which type. Keys that match no pattern are refused,
 * and so are those of a rule without `authorize`.
 *
 * Patterns are segments between slashes: a literal, `:name` for one segment, `*name` for the rest.
 *
 * @param table - One {@link UploadRule} for each key pattern.
 * @returns The table for a handler's `uploads`; `typeof uploads` types the client.
 * @throws TypeError when a pattern or an option is wrong, or two patterns could match the same key.
 */
export function defineUploads<Schemas, Handlers>(
	table: UploadTable<Schemas, Handlers>,
	// written out, so that an app's declarations show its types instead of a helper's
): Uploads<{
	readonly [Pattern in keyof Schemas & keyof Handlers & string]: {
		readonly metadata: InputOf<Schemas[Pattern]>;
		readonly data: DataOf<Handlers[Pattern]>;
	};
}> {
	// a list or a Map has no patterns as names: its rules would be left out
	if (typeof table !== "object" || table === null || Symbol.iterator in table) {
		throw new TypeError(
			'defineUploads() needs a table of patterns and rules: { "files/:name": { … } }.',
		);
	}
	const rules = Object.entries(table as Readonly<Record<string, UploadRule>>).map(
		([pattern, rule]) => compileRule(pattern, rule),
	);
	for (const [index, rule] of rules.entries()) {
		const other = rules.slice(index + 1).find((r) => patternsOverlap(rule.pattern, r.pattern));
		if (other) {
			throw new TypeError(
				`The key patterns "${rule.pattern.source}" and "${other.pattern.source}" overlap: a key could match both. Change one of them.`,
			);
		}
	}
	return { rules };
}
