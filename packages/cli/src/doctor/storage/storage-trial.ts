import { type CompiledRule, UploadError } from "@skyput/server";
import type { MultipartRef, PresignProvider } from "@skyput/server/provider";
import type { S3ProviderOptions } from "@skyput/server/s3";

/** What the checks of a bucket share. */
export interface StorageTrial {
	readonly options: S3ProviderOptions;
	readonly provider: PresignProvider;
	/** Of the pages that upload. */
	readonly origins: readonly string[];
	/** Of the table; empty where none was given. */
	readonly rules: readonly CompiledRule[];
	/** Where the objects of the checks go: the first literal segments of each rule. */
	readonly prefixes: readonly string[];
	/** A new key; its object is deleted at the end. */
	key(name: string, prefix?: string): string;
	/** Remembers an upload in parts, which is aborted at the end. */
	begun(ref: MultipartRef): MultipartRef;
	/** Deletes what was stored. @returns the prefixes below which something is left, where that is not allowed */
	clean(): Promise<readonly string[]>;
}

/** The literal beginning of a rule's keys, where its role may write: `avatars/` of `avatars/:userId/:name`. */
function prefixOf({ pattern }: CompiledRule): string {
	const end = pattern.segments.findIndex(({ kind }) => kind !== "literal");
	const literal = pattern.segments.slice(0, end < 0 ? -1 : end).map(({ text }) => `${text}/`);
	return literal.join("");
}

/** The prefixes of rules, each once; the whole bucket where there are no rules. */
export function prefixesOf(rules: readonly CompiledRule[]): readonly string[] {
	return rules.length === 0 ? [""] : [...new Set(rules.map(prefixOf))];
}

/** Begins a trial. */
export function beginTrial(
	about: Pick<StorageTrial, "options" | "provider" | "origins" | "rules" | "prefixes">,
): StorageTrial {
	const { provider, prefixes } = about;
	const keys: string[] = [];
	const uploads: MultipartRef[] = [];
	return {
		...about,
		key(name, prefix = prefixes[0] ?? "") {
			const key = `${prefix}.skyput/probe/${crypto.randomUUID()}-${name}`;
			keys.push(key);
			return key;
		},
		begun(ref) {
			uploads.push(ref);
			return ref;
		},
		async clean() {
			for (const ref of uploads) await provider.abortMultipart(ref).catch(() => undefined);
			const left = new Set<string>();
			for (const key of keys) {
				const isLeft = await provider.delete(key).then(
					() => false,
					() => mayExist(provider, key),
				);
				if (isLeft) left.add(key.slice(0, key.lastIndexOf("/") + 1));
			}
			return [...left];
		},
	};
}

const mayExist = (provider: PresignProvider, key: string): Promise<boolean> =>
	provider.head(key).then(
		(info) => info !== null,
		// who may not look cannot tell
		(error: unknown) => error instanceof UploadError && error.code === "forbidden",
	);

/** Actions that S3 checks on the bucket, not on its objects. */
const ofBucket = ["s3:ListBucket"];

/**
 * The statement that allows an action, to be added to a role policy.
 *
 * @param prefixes - Below which it is needed; empty for the whole bucket.
 */
export function statementFor(action: string, bucket: string, prefixes: readonly string[]): string {
	const arn = `arn:aws:s3:::${bucket}`;
	const places = prefixes.map((prefix) => `${prefix}*`);
	const statement = ofBucket.includes(action)
		? {
				Effect: "Allow",
				Action: action,
				Resource: arn,
				Condition: { StringLike: { "s3:prefix": places } },
			}
		: { Effect: "Allow", Action: action, Resource: places.map((place) => `${arn}/${place}`) };
	return JSON.stringify(statement);
}
