/**
 * What `typeof uploads` of the server's table tells the client's types. The member never exists at
 * run time: it carries, for every key pattern, the metadata a caller gives and what `onComplete` returns.
 */
export interface UploadsTable {
	readonly "~uploads"?: object;
}

/** The table of an untyped client: any key, any metadata, unknown data. */
export interface AnyUploads {
	readonly "~uploads"?: {
		readonly [pattern: string]: { readonly metadata: unknown; readonly data: unknown };
	};
}

type Rules<Table extends UploadsTable> = NonNullable<Table["~uploads"]>;

type Segment<Part extends string> = Part extends `:${string}` | `*${string}` ? string : Part;

/** `avatars/:userId/:name` to `avatars/${string}/${string}`. */
type KeyOfPattern<Pattern extends string> = Pattern extends `${infer Head}/${infer Rest}`
	? `${Segment<Head>}/${KeyOfPattern<Rest>}`
	: Segment<Pattern>;

/** The keys that some pattern of the table takes. */
export type KeyOf<Table extends UploadsTable> = {
	[Pattern in keyof Rules<Table> & string]: KeyOfPattern<Pattern>;
}[keyof Rules<Table> & string];

/**
 * The type of the key argument: the key itself where some pattern takes it. Elsewhere the patterns, so
 * that the compiler's message names them and an editor offers them.
 */
export type KeyArgument<Table extends UploadsTable, Key extends string> =
	Key extends KeyOf<Table> ? Key : keyof Rules<Table> & string;

/** The types of every rule whose pattern takes the key. */
type RuleOf<Table extends UploadsTable, Key extends string> = {
	[Pattern in keyof Rules<Table> & string]: Key extends KeyOfPattern<Pattern>
		? Rules<Table>[Pattern]
		: never;
}[keyof Rules<Table> & string];

/** The metadata to give with the key: `undefined` where the rule takes none. */
export type MetadataOf<Table extends UploadsTable, Key extends string> =
	RuleOf<Table, Key> extends { readonly metadata: infer Metadata } ? Metadata : unknown;

/** What the rule's `onComplete` returns. */
export type DataOf<Table extends UploadsTable, Key extends string> =
	RuleOf<Table, Key> extends { readonly data: infer Data } ? Data : unknown;
