import { UploadError } from "../errors.js";
import type { CompiledRule } from "./compile-rule.js";
import { checkContentType, checkExtension } from "./content-type.js";
import type { Uploads } from "./define-uploads.js";
import { normalizeKey } from "./key.js";
import { matchPattern, type Pattern } from "./pattern.js";
import type { Action, AuthorizeInput, ObjectAccess, Principal } from "./rule.js";
import { checkSize } from "./size.js";

/** An upload that a caller requests. */
export interface UploadRequest {
	readonly principal: Principal | null;
	readonly action: Action;
	/** Normalised. */
	readonly requestedKey: string;
	/** Bytes; null while unknown. */
	readonly size: number | null;
	readonly contentType: string | undefined;
}

/** The rule that allows an upload, with the resulting key and type. */
export interface AuthorizedUpload {
	readonly rule: CompiledRule;
	readonly params: Readonly<Record<string, string>>;
	/** The key of the object. */
	readonly key: string;
	readonly contentType: string;
}

/** What a caller wants, in the words of a refusal. */
const verbs: Readonly<Record<Action | ObjectAccess["action"], string>> = {
	rules: "upload to",
	create: "upload to",
	parts: "upload to",
	list: "upload to",
	complete: "upload to",
	download: "download",
	status: "read",
	delete: "delete",
};

/** The error for the caller; the reason is only logged. */
export const refuse = (
	principal: Principal | null,
	reason: string,
	action: Action | ObjectAccess["action"],
): UploadError =>
	principal === null
		? new UploadError("unauthenticated", `Sign in to ${verbs[action]} this key.`, {
				reason: `${reason}; no caller was found`,
			})
		: new UploadError("forbidden", `You may not ${verbs[action]} this key.`, { reason });

/**
 * Runs a rule's `authorize`.
 *
 * @throws UploadError `unauthenticated` without a principal, else `forbidden`.
 */
export async function authorize(
	rule: CompiledRule,
	input: AuthorizeInput<Readonly<Record<string, string>>>,
): Promise<void> {
	if (rule.authorize === "public") return;
	const name = `"${rule.pattern.source}"`;
	if (!rule.authorize)
		throw refuse(input.principal, `the rule ${name} has no authorize`, input.action);
	// require exactly `true`, not a truthy value such as a forgotten call
	if ((await rule.authorize(input)) !== true) {
		throw refuse(
			input.principal,
			`authorize of ${name} did not return true (${input.action})`,
			input.action,
		);
	}
}

/**
 * Checks a key that the server made: `authorize` has seen the `:name` segments of the requested key, so the
 * made one must have the same. Only `*name` may differ.
 *
 * @throws UploadError `internal`: the rule is at fault, not the caller.
 */
function checkMadeKey(pattern: Pattern, params: AuthorizedUpload["params"], made: unknown): string {
	const wrong = (why: string, cause?: unknown): UploadError =>
		new UploadError("internal", "The server made a key that its own rule does not allow.", {
			cause,
			reason: `key of "${pattern.source}" returned ${JSON.stringify(made)}, ${why}`,
		});
	let key: string;
	try {
		key = normalizeKey(made);
	} catch (cause) {
		throw wrong("which is no valid key", cause);
	}
	const found = matchPattern(pattern, key);
	if (!found) throw wrong("which the pattern does not match");
	const changed = pattern.segments.find(
		({ kind, text }) => kind === "one" && found[text] !== params[text],
	);
	if (changed) {
		throw wrong(
			`with another :${changed.text} than the requested key, for which authorize ran; use *${changed.text} as the last segment for what key may choose`,
		);
	}
	return key;
}

async function makeKey(
	{ rule, params, contentType }: Omit<AuthorizedUpload, "key">,
	{ principal, requestedKey, size }: UploadRequest,
): Promise<string> {
	if (rule.key) {
		const input = { params, principal, requestedKey, size, contentType };
		return checkMadeKey(rule.pattern, params, await rule.key(input));
	}
	if (!rule.prefix) return requestedKey;
	const prefix = rule.prefix(principal).normalize("NFC");
	const key = normalizeKey(prefix + requestedKey);
	// a combining character would merge with the last letter of the prefix
	if (key.startsWith(prefix)) return key;
	throw new UploadError("invalid-key", "The key begins with a combining character.");
}

/** Checks type, extension and size. @throws UploadError `unsupported-type`, `too-large`, `invalid-size`. */
export function checkLimits(
	rule: CompiledRule,
	{ contentType, requestedKey, size }: Pick<UploadRequest, "contentType" | "requestedKey" | "size">,
): void {
	checkContentType(contentType, rule.contentTypes);
	checkExtension(requestedKey, rule.extensions);
	if (size !== null) checkSize(size, rule);
}

/**
 * Finds the rule for a key and runs its `authorize`.
 *
 * @throws UploadError `unauthenticated`, `forbidden`, `invalid-request` for a text that is no type.
 */
export async function authorizeKey(
	uploads: Uploads,
	{ principal, action, requestedKey, size, ...request }: UploadRequest,
): Promise<Omit<AuthorizedUpload, "key">> {
	const contentType = checkContentType(request.contentType, undefined);
	for (const rule of uploads.rules) {
		const params = matchPattern(rule.pattern, requestedKey);
		if (!params) continue;
		await authorize(rule, { principal, params, action, requestedKey, size, contentType });
		return { rule, params, contentType };
	}
	throw refuse(principal, "no pattern matches the key", action);
}

/**
 * Finds the rule for a key, runs its `authorize`, and checks extension, type and size. Everything else is
 * refused.
 *
 * @throws UploadError `invalid-key`, `unauthenticated`, `forbidden`, `invalid-size`, `too-large`,
 * `unsupported-type`, `invalid-request`.
 */
export async function authorizeUpload(
	uploads: Uploads,
	request: UploadRequest,
): Promise<AuthorizedUpload> {
	const upload = await authorizeKey(uploads, request);
	const { rule } = upload;
	// checked after `authorize`, so that only authorized callers learn the rule's limits
	checkLimits(rule, request);
	return { ...upload, key: await makeKey(upload, request) };
}
