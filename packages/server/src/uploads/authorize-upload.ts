import { UploadError } from "../errors.js";
import type { CompiledRule } from "./compile-rule.js";
import { checkContentType } from "./content-type.js";
import type { Uploads } from "./define-uploads.js";
import { normalizeKey } from "./key.js";
import { matchPattern } from "./pattern.js";
import type { Action, AuthorizeInput, Principal } from "./rule.js";
import { formatSize } from "./size.js";

/** What is asked of the table. */
export interface PolicyRequest {
	readonly principal: Principal | null;
	readonly action: Action;
	readonly key: string;
	/** Bytes; null when unknown. */
	readonly size: number | null;
	readonly contentType: string | undefined;
}

/** The rule that allows it, and what came of the key and the type. */
export interface Permission {
	readonly rule: CompiledRule;
	readonly params: Readonly<Record<string, string>>;
	/** As asked for, normalised. */
	readonly requested: string;
	/** Where the object goes. */
	readonly key: string;
	readonly contentType: string;
}

const refuse = (principal: Principal | null): UploadError =>
	principal === null
		? new UploadError("unauthenticated", "This upload needs a signed-in caller.")
		: new UploadError("forbidden", "You may not upload to this key.");

/** Refuses a size above the rule's limit. */
export function checkSize(size: number, rule: CompiledRule): void {
	if (rule.maxSize === undefined || size <= rule.maxSize) return;
	throw new UploadError(
		"too-large",
		`The file has ${formatSize(size)}; at most ${formatSize(rule.maxSize)} are accepted here.`,
	);
}

/** The rule for a normalised key, with its parameters; null where none matches. */
function findRule(
	uploads: Uploads,
	key: string,
): { readonly rule: CompiledRule; readonly params: Readonly<Record<string, string>> } | null {
	for (const rule of uploads.rules) {
		const params = matchPattern(rule.pattern, key);
		if (params) return { rule, params };
	}
	return null;
}

/**
 * Asks a rule's `authorize`.
 *
 * @throws UploadError `unauthenticated` without a principal, else `forbidden`.
 */
export async function authorize(
	rule: CompiledRule,
	input: AuthorizeInput<Readonly<Record<string, string>>>,
): Promise<void> {
	if (rule.authorize === "public") return;
	// only a plain true opens; a truthy mistake, such as a forgotten call, does not
	if ((await rule.authorize?.(input)) !== true) throw refuse(input.principal);
}

async function makeKey(
	permission: Omit<Permission, "key">,
	{ principal, size }: PolicyRequest,
): Promise<string> {
	const { rule, params, requested, contentType } = permission;
	if (rule.key) {
		const made = normalizeKey(await rule.key({ params, principal, requested, size, contentType }));
		if (matchPattern(rule.pattern, made)) return made;
		throw new UploadError("internal", "The server made a key that its own table does not allow.", {
			cause: new Error(`The key function of "${rule.pattern.source}" left its own pattern.`),
		});
	}
	if (!rule.prefix) return requested;
	const prefix = rule.prefix(principal).normalize("NFC");
	const key = normalizeKey(prefix + requested);
	// a combining mark would melt into the last letter of the prefix
	if (key.startsWith(prefix)) return key;
	throw new UploadError("invalid-key", "The key begins with a combining character.");
}

/**
 * Finds the rule for a key and asks it: key, size, type, then `authorize`. Nothing is open by default.
 *
 * @throws UploadError `invalid-key`, `unauthenticated`, `forbidden`, `too-large`, `unsupported-type`,
 * `invalid-request`.
 */
export async function decide(uploads: Uploads, request: PolicyRequest): Promise<Permission> {
	const requested = normalizeKey(request.key);
	const found = findRule(uploads, requested);
	// who may not write learns nothing of the rule's limits
	if (!found?.rule.authorize) throw refuse(request.principal);
	const { rule, params } = found;
	const typed = checkType(request.contentType, rule);
	const permission = { rule, params, requested, contentType: typed.type };
	const { principal, action, size } = request;
	await authorize(rule, {
		principal,
		params,
		action,
		key: requested,
		size,
		contentType: typed.type,
	});
	if (typed.error) throw typed.error;
	if (size !== null) checkSize(size, rule);
	return { ...permission, key: await makeKey(permission, request) };
}

/** A refused type is told only to who may write; until then it travels along. */
function checkType(
	contentType: string | undefined,
	rule: CompiledRule,
): { readonly type: string; readonly error?: UploadError } {
	try {
		return { type: checkContentType(contentType, rule.contentTypes) };
	} catch (error) {
		if (!(error instanceof UploadError) || error.code !== "unsupported-type") throw error;
		return { type: checkContentType(contentType, undefined), error };
	}
}
