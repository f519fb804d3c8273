/**
 * What is known only where a document is deployed: `bucketArn`, `bucketName` and `processor` stand for one text,
 * `origins` and `readers` for a list of them.
 */
export type ReferenceName = "bucketArn" | "bucketName" | "origins" | "readers" | "processor";

/** Stands for a text that each format writes in its own way. */
export interface Reference {
	readonly reference: ReferenceName;
	/** Follows the text. */
	readonly suffix?: string;
}

/** A member of a document: JSON, with references in it. */
export type Value =
	| string
	| number
	| boolean
	| Reference
	| readonly Value[]
	| { readonly [name: string]: Value };

export const isReference = (value: unknown): value is Reference =>
	typeof value === "object" && value !== null && "reference" in value;

/** A bucket, or objects of it, by a key with `*` for any characters. */
export const bucketArn = (keys?: string): Reference => ({
	reference: "bucketArn",
	...(keys === undefined ? {} : { suffix: `/${escapeKeys(keys)}` }),
});

/** Other characters with a meaning of their own in policies, as AWS escapes them. */
export const escapeKeys = (keys: string): string =>
	keys.replaceAll(/[$?]/g, (character) => `\${${character}}`);

/** A copy of a document in which other values stand for the references. */
export function replaceReferences(
	value: Value,
	replace: (reference: Reference) => unknown,
): unknown {
	if (isReference(value)) return replace(value);
	if (Array.isArray(value)) return value.map((item) => replaceReferences(item, replace));
	if (typeof value !== "object") return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, member]) => [name, replaceReferences(member, replace)]),
	);
}

/** The names of all references in a document. */
export function referencesOf(value: Value): ReadonlySet<ReferenceName> {
	const names = new Set<ReferenceName>();
	replaceReferences(value, ({ reference }) => names.add(reference));
	return names;
}
