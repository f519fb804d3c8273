import { UploadError } from "../errors.js";
import type { MultipartRef, PresignProvider } from "../provider.js";
import { hashPrincipal, type OpenedToken, type SealedUpload, type TokenSealer } from "../token.js";
import { authorize } from "../uploads/authorize-upload.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import type { Uploads } from "../uploads/define-uploads.js";
import { matchPattern } from "../uploads/pattern.js";
import type { Action, Principal } from "../uploads/rule.js";

/** How an upload ended, as a {@link CompletionStore} keeps it. */
export interface Completion {
	/** What `onComplete` returned. */
	readonly data?: unknown;
	/** The reason given to `reject`. */
	readonly rejected?: string;
}

/** Keeps outcomes by upload id, so that every repeat of `/complete` answers the same. */
export interface CompletionStore {
	get(uploadId: string): Promise<Completion | undefined>;
	set(uploadId: string, completion: Completion): Promise<void>;
}

/** What every operation works with. */
export interface OperationContext {
	readonly uploads: Uploads;
	readonly provider: PresignProvider;
	/** Null without a token secret: only plain URLs are served then. */
	readonly sealer: TokenSealer | null;
	readonly completions?: CompletionStore;
}

/** An upload that a token names, checked for its bearer. */
export interface OpenUpload extends OpenedToken {
	readonly rule: CompiledRule;
	readonly params: Readonly<Record<string, string>>;
	readonly principal: Principal | null;
}

/** The sealer, or the answer for servers that were set up without one. */
export function requireSealer(context: OperationContext): TokenSealer {
	if (context.sealer) return context.sealer;
	throw new UploadError(
		"unsupported",
		"This server was set up without a token secret, so it only signs plain URLs (GET ?key=...).",
	);
}

/**
 * Opens a token for whoever bears it: the same principal as at the begin, the same bucket, a rule that
 * still stands. Asks `authorize` again where an action is named.
 *
 * @throws UploadError `invalid-request`, `token-expired`, `unauthenticated`, `forbidden`.
 */
export async function openUpload(
	context: OperationContext,
	token: string,
	principal: Principal | null,
	action: Action | null,
	grace = 0,
): Promise<OpenUpload> {
	const opened = requireSealer(context).open(token, grace);
	const { upload } = opened;
	if (upload.owner !== hashPrincipal(principal)) {
		throw principal === null
			? new UploadError(
					"unauthenticated",
					"This upload needs the caller who began it; sign in again.",
				)
			: new UploadError("forbidden", "Another caller began this upload.");
	}
	const rule = context.uploads.rules.find((r) => r.pattern.source === upload.pattern);
	const requested = upload.requested ?? upload.key;
	const params = rule && matchPattern(rule.pattern, requested);
	if (!rule || !params || upload.bucket !== context.provider.bucket) {
		throw new UploadError("forbidden", "The upload was begun under rules that no longer stand.");
	}
	if (action !== null) {
		const { size, contentType } = upload;
		await authorize(rule, { principal, params, action, key: requested, size, contentType });
	}
	return { ...opened, rule, params, principal };
}

/** The storage's handle on a multipart upload. */
export function multipartRef(upload: SealedUpload): MultipartRef {
	if (upload.multipartId !== undefined) return { key: upload.key, id: upload.multipartId };
	throw new UploadError("invalid-request", "This upload goes in one request; it has no parts.");
}
