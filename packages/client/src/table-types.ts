/**
 * The type of the server's table, as the client reads it from `typeof uploads`. The member doesn't exist at run
 * time: it holds the types of metadata and `onComplete` result for each pattern.
 */
export interface UploadsTable {
	readonly "~uploads"?: object | undefined;
}

/** The table of an untyped client: any key, any metadata, unknown data. */
export interface AnyUploads {
	readonly "~uploads"?:
		| { readonly [pattern: string]: { readonly metadata: unknown; readonly data: unknown } }
		| undefined;
}

/** The rules of a table, by pattern. */
type Rules<Table extends UploadsTable> = NonNullable<Table["~uploads"]>;

/** The key patterns of a table, such as `"avatars/:userId/:name"`. */
type PatternOf<Table extends UploadsTable> = keyof Rules<Table> & string;

type KeySegment<Segment extends string> = Segment extends `:${string}` | `*${string}`
	? string
	: Segment;

type KeyOfPattern<Pattern extends string> = Pattern extends `${infer Segment}/${infer Rest}`
	? `${KeySegment<Segment>}/${KeyOfPattern<Rest>}`
	: KeySegment<Pattern>;

/**
 * The keys of a table: what to cast a plain `string` to. `avatars/:userId/:name` becomes
 * `avatars/${string}/${string}`.
 *
 * A second argument chooses patterns: `KeyOf<typeof uploads, "avatars/:userId/:name">`.
 */
export type KeyOf<
	Table extends UploadsTable,
	Pattern extends keyof Rules<Table> & string = keyof Rules<Table> & string,
> = Pattern extends unknown ? KeyOfPattern<Pattern> : never;

/** Whether one segment of a key fits one of a pattern. A pattern's own `:name` fits nothing. */
type FitsSegment<Segment extends string, Part extends string> = Segment extends
	| `:${string}`
	| `*${string}`
	? Part extends Segment | "" | "." | ".."
		? false
		: true
	: Part extends Segment
		? true
		: false;

/** Whether every remaining segment of a key fits `*name`. */
type FitsRest<
	Segment extends string,
	Key extends string,
> = Key extends `${infer Part}/${infer Rest}`
	? FitsSegment<Segment, Part> extends true
		? FitsRest<Segment, Rest>
		: false
	: FitsSegment<Segment, Key>;

/** Whether a key fits a pattern, segment by segment; `${string}` counts as one segment. */
type Fits<
	Pattern extends string,
	Key extends string,
> = Pattern extends `${infer Segment}/${infer PatternRest}`
	? Key extends `${infer Part}/${infer KeyRest}`
		? FitsSegment<Segment, Part> extends true
			? Fits<PatternRest, KeyRest>
			: false
		: false
	: Pattern extends `*${string}`
		? FitsRest<Pattern, Key>
		: Key extends `${string}/${string}`
			? false
			: FitsSegment<Pattern, Key>;

/** The patterns that a key fits; for a union of keys, those of all its members. */
type PatternFor<Table extends UploadsTable, Key extends string> = Key extends unknown
	? {
			[Pattern in PatternOf<Table>]: Fits<Pattern, Key> extends true ? Pattern : never;
		}[PatternOf<Table>]
	: never;

/** The members of a union of keys that fit no pattern. */
type UnmatchedKey<Table extends UploadsTable, Key extends string> = Key extends unknown
	? [PatternFor<Table, Key>] extends [never]
		? Key
		: never
	: never;

/** The rules that may apply to a key: all of them when the table or the key is unknown. */
type RuleFor<Table extends UploadsTable, Key extends string> = string extends PatternOf<Table> | Key
	? Rules<Table>[keyof Rules<Table>]
	: Rules<Table>[PatternFor<Table, Key> & keyof Rules<Table>];

/** The option `metadata`, as the rule defines it: required, optional or forbidden. */
export type MetadataOption<Metadata> = [Metadata] extends [undefined]
	? { readonly metadata?: undefined }
	: undefined extends Metadata
		? { readonly metadata?: Metadata | undefined }
		: { readonly metadata: Metadata };

/** The metadata that every rule of the key accepts; never when the rules contradict each other. */
type MetadataFor<Table extends UploadsTable, Key extends string> = (
	RuleFor<Table, Key> extends infer Rule
		? Rule extends { readonly metadata: infer Metadata }
			? (option: MetadataOption<Metadata>) => void
			: never
		: never
) extends (option: infer Option) => void
	? Option
	: never;

/** The type of an invalid key's parameter: the compiler's message shows these members. */
export interface InvalidKey<Key extends string, Reason extends string, Patterns extends string> {
	readonly key: Key;
	readonly reason: Reason;
	readonly patterns: Patterns;
}

/** Never where the key is right. `keyof Rules` is written out so that messages list the patterns. */
type KeyProblem<Table extends UploadsTable, Key extends string> =
	string extends PatternOf<Table>
		? never
		: string extends Key
			? string extends KeyOf<Table>
				? never
				: InvalidKey<
						Key,
						"a plain string can be any key: cast it to KeyOf<typeof uploads>",
						keyof Rules<Table> & string
					>
			: [UnmatchedKey<Table, Key>] extends [never]
				? [MetadataFor<Table, Key>] extends [never]
					? InvalidKey<
							Key,
							"fits rules with different metadata: cast it to KeyOf<typeof uploads, pattern>",
							PatternFor<Table, Key>
						>
					: never
				: InvalidKey<
						UnmatchedKey<Table, Key>,
						"fits none of these patterns",
						keyof Rules<Table> & string
					>;

/** The type of the key argument: the key itself where it fits a pattern, else an {@link InvalidKey}. */
// not distributive: only then does the compiler infer template literals
export type KeyArgument<Table extends UploadsTable, Key extends string> = [
	KeyProblem<Table, Key>,
] extends [never]
	? Key
	: KeyProblem<Table, Key>;

type RestArguments<Options> =
	Record<never, never> extends Options ? [options?: Options | undefined] : [options: Options];

/**
 * The arguments after the key: options, required exactly where the rule requires metadata. A key to which
 * several rules may apply needs metadata that all of them accept.
 */
export type OptionsArguments<Table extends UploadsTable, Key extends string, Options> = [
	KeyProblem<Table, Key>,
] extends [never]
	? RestArguments<Options & MetadataFor<Table, Key>>
	: [options?: (Options & { readonly metadata?: unknown }) | undefined];

/** What the rule's `onComplete` returns. */
export type DataOf<Table extends UploadsTable, Key extends string> =
	RuleFor<Table, Key> extends { readonly data: infer Data } ? Data : unknown;
