import type { CompletionStore } from "../completions.js";
import { UploadError } from "../errors.js";
import type { OperationContext } from "../operations/operation.js";
import type { PresignProvider } from "../provider.js";
import { createTokenSealer } from "../token.js";
import { checkProvider } from "../uploads/check-provider.js";
import type { Uploads } from "../uploads/define-uploads.js";
import type { CorsOptions } from "./cors.js";

/** What every adapter's handler is made of. */
export interface HandlerOptions {
	/** The table that `defineUploads` made. */
	readonly uploads: Uploads;
	/** Where the files go, such as `s3Provider({ bucket })`. */
	readonly provider: PresignProvider;
	/**
	 * At least 32 bytes, or `[current, previous]` while it rotates. Without one, only plain URLs
	 * (`GET ?key=`) are served and POST answers 501 `unsupported`.
	 *
	 * @default none
	 */
	readonly tokenSecret?: string | readonly [current: string, previous: string] | undefined;
	/** Which web pages may call. @default none */
	readonly cors?: CorsOptions | undefined;
	/** Keeps the results of `onComplete`, so that repeats answer the same. @default none */
	readonly completions?: CompletionStore | undefined;
}

/** Checks the options that all adapters share, once, when a handler is made. */
export function createContext(
	options: HandlerOptions & { readonly principal?: unknown },
): OperationContext {
	const { uploads, provider, tokenSecret, completions, principal } = options;
	// plain JavaScript, or an import that failed in silence, may bring anything
	if (!Array.isArray(uploads?.rules)) {
		throw new TypeError("uploads must be the table that defineUploads(...) made");
	}
	if (typeof provider?.signUpload !== "function") {
		throw new TypeError("provider must be a storage such as s3Provider({ bucket })");
	}
	if (principal !== undefined && typeof principal !== "function") {
		throw new TypeError("principal must be a function that says who calls, such as jwtPrincipal()");
	}
	const sealer = tokenSecret === undefined ? null : createTokenSealer(tokenSecret);
	checkProvider(uploads, provider, { post: sealer !== null });
	return { uploads, provider, sealer, ...(completions ? { completions } : {}) };
}

/** Refuses a principal that identifies nobody: two callers must never share one by mistake. */
export function checkPrincipal<Found extends { readonly sub: string }>(
	principal: Found | null | undefined,
): Found | null {
	// as from `request.user` of a caller who is not signed in
	if (principal === undefined) return null;
	if (principal === null || (typeof principal.sub === "string" && principal.sub !== ""))
		return principal;
	throw new UploadError("internal", "The server could not tell who calls.", {
		cause: new TypeError("principal() returned something without a sub"),
	});
}
