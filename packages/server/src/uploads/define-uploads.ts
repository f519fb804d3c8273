import { type CompiledRule, compileRule } from "./compile-rule.js";
import { type PatternParams, patternsOverlap } from "./pattern.js";
import type { CompleteInput, MetadataSchema, RuleOptions, UploadRule } from "./rule.js";

/** The table that {@link defineUploads} made; `typeof uploads` types the client. */
export interface Uploads<Table extends UploadsTypes = UploadsTypes> {
	readonly rules: readonly CompiledRule[];
	/** Types only; never there at run time. */
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

/** `Absent` where nothing was inferred: the rule has no schema, or no `onComplete`. */
type Inferred<Type, Absent> = unknown extends Type ? Absent : Type;

/** What {@link defineUploads} takes: patterns, each with its {@link UploadRule}. */
export type UploadTable<Inputs, Outputs, Results> = {
	readonly [Pattern in keyof Inputs]: RuleOptions<
		PatternParams<Pattern & string>,
		Inputs[Pattern]
	> & { readonly onComplete?: ((input: never) => unknown) | undefined };
} & {
	readonly [Pattern in keyof Outputs]: {
		readonly metadata?: MetadataSchema<unknown, Outputs[Pattern]> | undefined;
	};
} & {
	readonly [Pattern in keyof Results]: {
		readonly onComplete?:
			| ((
					input: CompleteInput<
						PatternParams<Pattern & string>,
						Inferred<Outputs[Pattern & keyof Outputs], Readonly<Record<never, never>>>
					>,
			  ) => Results[Pattern] | Promise<Results[Pattern]>)
			| undefined;
	};
};

/** What a table's rules infer: the member types of {@link UploadsTypes}, undefined where there are none. */
export type TableTypes<Inputs, Results> = {
	readonly [Pattern in keyof Inputs & keyof Results & string]: {
		readonly metadata: Inferred<Inputs[Pattern], undefined>;
		readonly data: Inferred<Results[Pattern], undefined>;
	};
};

/**
 * Says in one table who may write which key, how large and of which type. Keys that no pattern
 * matches are refused, and so are rules without `authorize`.
 *
 * Patterns are segments between slashes: a literal, `:name` for one segment, `*name` for the rest.
 *
 * @param table - One {@link UploadRule} for each key pattern.
 * @returns The table for a handler's `uploads`; `typeof uploads` types the client.
 * @throws TypeError when a pattern or an option is wrong, or two patterns could match the same key.
 */
export function defineUploads<Inputs, Outputs, Results>(
	table: UploadTable<Inputs, Outputs, Results>,
): Uploads<TableTypes<Inputs, Results>> {
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
