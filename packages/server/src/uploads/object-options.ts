import type { ProviderCapabilities } from "../capabilities.js";
import { UploadError } from "../errors.js";
import { isExecuted } from "./content-type.js";
import type { KeyInput, UploadRule } from "./rule.js";

// characters that a header transmits unchanged
const headerValue = /^[\x20-\x7e]+$/;

/** The options of a rule about its objects. */
type ObjectOptions = Pick<
	UploadRule,
	"tags" | "storageClass" | "acl" | "encryption" | (typeof headerOptions)[number]
>;

/** A rule, as errors name it. */
interface NamedRule {
	readonly pattern: { readonly source: string };
}

/** The rule options that become headers of the object. */
const headerOptions = ["cacheControl", "contentDisposition", "contentEncoding"] as const;

type HeaderOption = (typeof headerOptions)[number];

const maxTags = 10;
const word = /^[A-Za-z0-9_-]+$/;

function problemOfTags(tags: unknown): string | null {
	if (typeof tags !== "object" || tags === null) return "has tags that are not an object";
	const entries = Object.entries(tags);
	if (entries.length > maxTags)
		return `has ${entries.length} tags; at most ${maxTags} are possible`;
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html; its letters take long to look up
	const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
	const isWrong = ([name, value]: readonly [string, unknown]): boolean =>
		name === "" ||
		name.length > 128 ||
		typeof value !== "string" ||
		value.length > 256 ||
		!tagText.test(name + value);
	const wrong = entries.find(isWrong);
	return wrong
		? `has the tag ${JSON.stringify(wrong[0])}; names have 1 to 128 and values at most 256 letters, digits, spaces and _.:/=+-@`
		: null;
}

function problemOfEncryption(encryption: unknown): string | null {
	if (encryption === "aes256") return null;
	const { kmsKeyId } = (encryption ?? {}) as { readonly kmsKeyId?: unknown };
	if (typeof kmsKeyId === "string" && headerValue.test(kmsKeyId)) return null;
	return 'has an encryption that is neither "aes256" nor { kmsKeyId: "…" }';
}

/** The first problem with a rule's object options, or null. */
export function problemOfObjectOptions(rule: UploadRule): string | null {
	for (const name of headerOptions) {
		const value: unknown = rule[name];
		if (value === undefined || typeof value === "function") continue;
		if (typeof value !== "string" || !headerValue.test(value)) {
			return `has a ${name} that is neither printable ASCII nor a function`;
		}
	}
	for (const name of ["storageClass", "acl"] as const) {
		const value: unknown = rule[name];
		if (value !== undefined && (typeof value !== "string" || !word.test(value))) {
			return `has the ${name} ${JSON.stringify(value)}; write it as the storage names it, such as ${name === "acl" ? "bucket-owner-full-control" : "STANDARD_IA"}`;
		}
	}
	if (rule.tags !== undefined) return problemOfTags(rule.tags);
	return rule.encryption === undefined ? null : problemOfEncryption(rule.encryption);
}

/** Names the options of a rule that the storage is not known to apply. */
export function unsupportedOptions(
	{ tags, storageClass, acl, encryption }: ObjectOptions,
	{ objectOptions }: ProviderCapabilities,
): readonly string[] {
	// callers without TypeScript may leave it out
	const can: NonNullable<Partial<ProviderCapabilities["objectOptions"]>> = objectOptions ?? {};
	const checks: readonly (readonly [wanted: boolean, can: boolean | undefined, name: string])[] = [
		[tags !== undefined, can.tags, "tags"],
		[storageClass !== undefined, can.storageClass, "storageClass"],
		[acl !== undefined, can.acl, "acl"],
		[encryption === "aes256", can.aes256, 'encryption "aes256"'],
		[typeof encryption === "object", can.kms, "encryption with kmsKeyId"],
	];
	return checks.flatMap(([wanted, possible, name]) => (wanted && !possible ? [name] : []));
}

async function headerOption(
	rule: ObjectOptions & NamedRule,
	name: HeaderOption,
	input: KeyInput,
): Promise<string | undefined> {
	const option = rule[name];
	if (typeof option !== "function") return option;
	const value: unknown = await option(input);
	if (value === undefined || (typeof value === "string" && headerValue.test(value))) return value;
	throw new UploadError("internal", "The server made a header that cannot be sent.", {
		reason: `${name} of "${rule.pattern.source}" returned ${JSON.stringify(value)}, which is not printable ASCII`,
	});
}

/** The headers that a rule stores with one object. */
export async function objectHeaders(
	rule: ObjectOptions & NamedRule,
	input: KeyInput,
): Promise<Readonly<Partial<Record<HeaderOption, string | undefined>>>> {
	// where a function returns none, the holder of the URL could store any
	const plain = rule.contentDisposition && "inline";
	const fallback = isExecuted(input.contentType) ? "attachment" : plain;
	return {
		cacheControl: await headerOption(rule, "cacheControl", input),
		contentDisposition: (await headerOption(rule, "contentDisposition", input)) ?? fallback,
		contentEncoding: await headerOption(rule, "contentEncoding", input),
	};
}
