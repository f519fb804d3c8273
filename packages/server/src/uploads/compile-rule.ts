import { checkContentTypes, parseExtensions } from "./content-type.js";
import { problemOfObjectOptions } from "./object-options.js";
import { type Pattern, parsePattern } from "./pattern.js";
import type { Principal, UploadRule } from "./rule.js";
import { parseSize } from "./size.js";

/** A rule as compiled by `defineUploads`: checked, sizes in bytes, defaults filled in. */
export interface CompiledRule extends Omit<UploadRule, "maxSize" | "minSize" | "partSize"> {
	readonly pattern: Pattern;
	/** Bytes. */
	readonly maxSize?: number | undefined;
	/** Bytes. */
	readonly minSize?: number | undefined;
	/** Bytes. */
	readonly partSize?: number | undefined;
	/** Seconds. */
	readonly expiresIn: number;
	/** Prefix of every key, added after the match; used by the preset. */
	readonly prefix?: ((principal: Principal | null) => string) | undefined;
}

const ruleNames: ReadonlySet<string> = new Set<keyof UploadRule>([
	"maxSize",
	"minSize",
	"contentTypes",
	"extensions",
	"authorize",
	"authorizeRead",
	"authorizeDelete",
	"key",
	"overwrite",
	"expiresIn",
	"partSize",
	"cacheControl",
	"contentDisposition",
	"contentEncoding",
	"tags",
	"storageClass",
	"encryption",
	"acl",
	"quarantine",
	"provider",
	"metadata",
	"onComplete",
]);

/** The longest validity of a SigV4 query signature in seconds: 7 days. */
const maxExpiresIn = 604_800;

/** Checks one rule and fills in its defaults. @throws TypeError naming the pattern and the option. */
export function compileRule(source: string, rule: UploadRule): CompiledRule {
	const pattern = parsePattern(source);
	const wrong = (why: string): TypeError => new TypeError(`The rule "${source}" ${why}`);
	if (typeof rule !== "object" || rule === null) {
		throw wrong(
			`must be an object such as { maxSize: "5 MB" }, not ${rule === null ? "null" : typeof rule}`,
		);
	}
	for (const name of Object.keys(rule)) {
		if (!ruleNames.has(name)) {
			throw wrong(`has the unknown option "${name}"; known are ${[...ruleNames].join(", ")}`);
		}
	}
	const { maxSize, minSize, partSize, extensions, expiresIn = 300, ...rest } = rule;
	if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > maxExpiresIn) {
		throw wrong(`has expiresIn ${expiresIn}; it must be whole seconds from 1 to ${maxExpiresIn}`);
	}
	for (const name of ["authorize", "authorizeRead", "authorizeDelete"] as const) {
		const value = rule[name];
		if (value !== undefined && value !== "public" && typeof value !== "function") {
			throw wrong(`has an ${name} that is neither a function nor "public"`);
		}
	}
	for (const name of ["key", "onComplete"] as const) {
		if (rule[name] !== undefined && typeof rule[name] !== "function") {
			throw wrong(`has a ${name} that is not a function`);
		}
	}
	for (const name of ["quarantine", "overwrite"] as const) {
		if (rule[name] !== undefined && typeof rule[name] !== "boolean") {
			throw wrong(`has the ${name} ${JSON.stringify(rule[name])}, which is neither true nor false`);
		}
	}
	if (rule.provider !== undefined && (typeof rule.provider !== "string" || rule.provider === "")) {
		throw wrong("has a provider that is not the name of one");
	}
	if (rule.metadata !== undefined && !rule.metadata?.["~standard"]) {
		throw wrong("has a metadata that is not a Standard Schema");
	}
	const problem = problemOfObjectOptions(rule);
	if (problem !== null) throw wrong(problem);
	try {
		if (rule.contentTypes) checkContentTypes(rule.contentTypes);
		const largest = maxSize === undefined ? undefined : parseSize(maxSize);
		const smallest = minSize === undefined ? undefined : parseSize(minSize);
		if ((smallest ?? 0) > (largest ?? Number.POSITIVE_INFINITY)) {
			throw new TypeError("minSize is larger than maxSize");
		}
		return {
			...rest,
			pattern,
			expiresIn,
			...(largest === undefined ? {} : { maxSize: largest }),
			...(smallest === undefined ? {} : { minSize: smallest }),
			...(extensions === undefined ? {} : { extensions: parseExtensions(extensions) }),
			...(partSize === undefined ? {} : { partSize: parseSize(partSize) }),
		};
	} catch (error) {
		throw wrong(`is invalid: ${error instanceof Error ? error.message : String(error)}`);
	}
}
