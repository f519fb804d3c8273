import type { Checksum } from "#protocol";
import { checkContentTypes } from "./content-type.js";
import type { MetadataSchema } from "./metadata.js";
import { type Pattern, type PatternParams, parsePattern, patternsOverlap } from "./pattern.js";
import { type ByteSize, parseSize } from "./size.js";

/** Who asks. `sub` (with `iss`) identifies; the rest are claims for `authorize` to read. */
export interface Principal {
	readonly sub: string;
	readonly iss?: string;
	readonly [claim: string]: unknown;
}

/** Why `authorize` runs: on the begin (also of plain URLs), and again on each later call. */
export type Action = "create" | "parts" | "list" | "complete";

export interface AuthorizeInput<Params> {
	readonly principal: Principal | null;
	readonly params: Params;
	readonly action: Action;
	/** The key that was asked for, normalised. */
	readonly key: string;
	/** Bytes; null when unknown, also in plain URLs without `size`. */
	readonly size: number | null;
	readonly contentType: string;
}

export interface KeyInput<Params> {
	readonly params: Params;
	readonly principal: Principal | null;
	/** The key that was asked for, normalised. */
	readonly requested: string;
	/** Bytes; null when unknown. */
	readonly size: number | null;
	readonly contentType: string;
}

export interface CompleteInput<Params> {
	/** Random, the same on every repeat: the idempotency key. */
	readonly uploadId: string;
	readonly key: string;
	/** Bytes. */
	readonly size: number;
	readonly etag?: string;
	readonly version?: string;
	readonly checksum?: Checksum;
	readonly contentType: string;
	readonly metadata: Readonly<Record<string, string>>;
	readonly params: Params;
	readonly principal: Principal | null;
	/** Ends the upload with 422 `rejected`; deletes the object where its key is server-made. */
	readonly reject: (reason: string) => never;
}

/** One row of the table: what may be written below a key pattern, and by whom. */
export interface UploadRule<
	Params = Readonly<Record<string, string>>,
	Input = unknown,
	Data = unknown,
> {
	/** Largest file, in bytes or as "5 MB", "5 MiB". Absent: the storage's own limit. */
	readonly maxSize?: ByteSize;
	/** Accepted types, such as `image/png` or `image/*`, matched on the essence. Absent: any. */
	readonly contentTypes?: readonly string[];
	/** Who may write; `"public"` says that everybody may. Absent: nobody. */
	readonly authorize?: "public" | ((input: AuthorizeInput<Params>) => boolean | Promise<boolean>);
	/** Makes the key on the server. It must match the rule's own pattern. */
	readonly key?: (input: KeyInput<Params>) => string | Promise<string>;
	/** Whether an object may be replaced. @default false */
	readonly overwrite?: boolean;
	/** Seconds that a signed URL lives, 1..604800. @default 300 */
	readonly expiresIn?: number;
	/** Bytes of a part; grown when 10,000 parts would not do. @default "16 MiB" */
	readonly partSize?: ByteSize;
	/** Signed and stored. */
	readonly cacheControl?: string;
	/** Signed and stored. */
	readonly contentDisposition?: string;
	/** Any Standard Schema. Its output is stored: printable ASCII, at most 2 kB. */
	readonly metadata?: MetadataSchema<Input>;
	/** Runs after the commit, at least once for every upload; its result reaches the client. */
	readonly onComplete?: (input: CompleteInput<Params>) => Data | Promise<Data>;
}

/** A rule with its limits worked out. */
export interface CompiledRule extends Omit<UploadRule, "maxSize" | "partSize"> {
	readonly pattern: Pattern;
	/** Bytes. */
	readonly maxSize?: number;
	/** Bytes. */
	readonly partSize?: number;
	/** Seconds. */
	readonly expiresIn: number;
	/** Put before every key, after the match; the environment's handler uses it. */
	readonly prefix?: (principal: Principal | null) => string;
}

/** The table that {@link defineUploads} made; `typeof uploads` types the client. */
export interface Uploads<Table extends UploadsTypes = UploadsTypes> {
	readonly rules: readonly CompiledRule[];
	/** Types only; never there at run time. */
	readonly "~uploads"?: Table;
}

/** For every pattern: what metadata the client sends, and what `onComplete` returns. */
export type UploadsTypes = {
	readonly [pattern: string]: { readonly metadata: unknown; readonly data: unknown };
};

const ruleNames: ReadonlySet<string> = new Set<keyof UploadRule>([
	"maxSize",
	"contentTypes",
	"authorize",
	"key",
	"overwrite",
	"expiresIn",
	"partSize",
	"cacheControl",
	"contentDisposition",
	"metadata",
	"onComplete",
]);

/** SigV4 query signatures live at most seven days. */
const maxExpiresIn = 604_800;

// what a header carries unchanged
const headerValue = /^[\x20-\x7e]+$/;

/** Works out one rule. @throws TypeError naming the pattern and the option. */
export function compileRule(source: string, rule: UploadRule): CompiledRule {
	const pattern = parsePattern(source);
	const wrong = (why: string): TypeError => new TypeError(`The rule "${source}" ${why}`);
	for (const name of Object.keys(rule)) {
		if (!ruleNames.has(name)) {
			throw wrong(`has the unknown option "${name}"; known are ${[...ruleNames].join(", ")}`);
		}
	}
	const { maxSize, partSize, expiresIn = 300, authorize, ...rest } = rule;
	if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > maxExpiresIn) {
		throw wrong(`has expiresIn ${expiresIn}; it must be whole seconds from 1 to ${maxExpiresIn}`);
	}
	if (authorize !== undefined && authorize !== "public" && typeof authorize !== "function") {
		throw wrong('has an authorize that is neither a function nor "public"');
	}
	for (const name of ["key", "onComplete"] as const) {
		if (rule[name] !== undefined && typeof rule[name] !== "function") {
			throw wrong(`has a ${name} that is no function`);
		}
	}
	if (rule.metadata !== undefined && !rule.metadata?.["~standard"]) {
		throw wrong("has a metadata that is no Standard Schema");
	}
	for (const name of ["cacheControl", "contentDisposition"] as const) {
		const value = rule[name];
		if (value !== undefined && !headerValue.test(value)) {
			throw wrong(`has a ${name} that is not printable ASCII`);
		}
	}
	try {
		if (rule.contentTypes) checkContentTypes(rule.contentTypes);
		return {
			...rest,
			pattern,
			expiresIn,
			...(authorize === undefined ? {} : { authorize }),
			...(maxSize === undefined ? {} : { maxSize: parseSize(maxSize) }),
			...(partSize === undefined ? {} : { partSize: parseSize(partSize) }),
		};
	} catch (error) {
		throw wrong(`is not right: ${error instanceof Error ? error.message : String(error)}`);
	}
}

/** What {@link defineUploads} takes: patterns, each with its rule. */
export type UploadTable<Inputs, Results> = {
	readonly [Pattern in keyof Inputs]: UploadRule<
		PatternParams<Pattern & string>,
		Inputs[Pattern],
		unknown
	>;
} & {
	readonly [Pattern in keyof Results]: {
		readonly onComplete?: (
			input: CompleteInput<PatternParams<Pattern & string>>,
		) => Results[Pattern] | Promise<Results[Pattern]>;
	};
};

/** What is not inferred was not written: no schema, no result. */
type Written<Type> = unknown extends Type ? undefined : Type;

/** The client's view of a table: metadata it sends and data it gets, by pattern. */
export type TypesOf<Inputs, Results> = {
	readonly [Pattern in keyof Inputs & keyof Results & string]: {
		readonly metadata: Written<Inputs[Pattern]>;
		readonly data: Written<Results[Pattern]>;
	};
};

/**
 * Says in one table who may write which key, how large and of which type. Keys that no pattern
 * matches are refused, and so are rules without `authorize`.
 *
 * Patterns are segments between slashes: a literal, `:name` for one segment, `*name` for the rest.
 *
 * @throws TypeError when a pattern or an option is wrong, or two patterns could match the same key.
 */
export function defineUploads<Inputs, Results>(
	table: UploadTable<Inputs, Results>,
): Uploads<TypesOf<Inputs, Results>> {
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
