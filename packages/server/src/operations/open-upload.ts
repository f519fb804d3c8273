import { UploadError } from "../errors.js";
import type { HookCall } from "../hooks.js";
import type { MultipartRef } from "../multipart-upload.js";
import type { PresignProvider } from "../provider.js";
import { storageKey } from "../quarantine.js";
import type { OpenedToken, SealedUpload } from "../token.js";
import { authorizeObject } from "../uploads/authorize-object.js";
import { authorize, checkLimits } from "../uploads/authorize-upload.js";
import type { CompiledRule } from "../uploads/compile-rule.js";
import { matchPattern } from "../uploads/pattern.js";
import type { Action, ObjectAccess, Principal } from "../uploads/rule.js";
import { type OperationContext, requireSealer } from "./operation.js";

/** The upload of a token, verified to belong to the caller. */
export interface OpenUpload extends OpenedToken {
	readonly rule: CompiledRule;
	readonly params: Readonly<Record<string, string>>;
	readonly principal: Principal | null;
	/** The storage that holds the upload. */
	readonly provider: PresignProvider;
}

/** How {@link openUpload} treats a token. */
interface OpenOptions {
	readonly call: HookCall;
	/** Runs `authorize` with this action; null skips it. */
	readonly action: Action | null;
	/** Seconds after its expiry for which the token is still accepted. @default 0 */
	readonly grace?: number | undefined;
}

/**
 * Opens a token: the principal and the storage must be those of the create call, and the rule must still
 * exist.
 *
 * @throws UploadError `invalid-request`, `token-expired`, `unauthenticated`, `forbidden`, and those of a rule
 * whose limits now exclude the upload.
 */
export async function openUpload(
	context: OperationContext,
	token: string,
	{ call, action, grace = 0 }: OpenOptions,
): Promise<OpenUpload> {
	const opened = requireSealer(context).open(token, grace);
	const { upload } = opened;
	const { principal } = call;
	if (!opened.isOwnedBy(principal)) {
		throw principal === null
			? new UploadError("unauthenticated", "A signed-in user began this upload. Sign in again.")
			: new UploadError("forbidden", "Another caller began this upload.");
	}
	const rule = context.uploads.rules.find((r) => r.pattern.source === upload.pattern);
	const requestedKey = upload.requestedKey ?? upload.key;
	const params = rule && matchPattern(rule.pattern, requestedKey);
	if (!rule || !params) throw rulesChanged();
	if ((rule.quarantine ?? false) !== (upload.quarantined ?? false)) throw rulesChanged();
	if (action !== null) {
		const { size, contentType } = upload;
		await authorize(rule, { principal, params, action, requestedKey, size, contentType });
		checkLimits(rule, { requestedKey, size, contentType });
	}
	const { providers } = context;
	const provider = await providers.choose(rule, { ...call, requestedKey, params });
	if (upload.provider !== provider.id || upload.bucket !== provider.bucket) {
		throw providers.byCall
			? new UploadError("forbidden", "This upload was begun in another storage than yours.")
			: rulesChanged();
	}
	if (action !== null) checkLife(upload, provider);
	return { ...opened, rule, params, principal, provider };
}

/** Refuses an upload whose parts the storage has discarded. */
function checkLife({ multipartId, begun }: SealedUpload, { capabilities }: PresignProvider): void {
	const { multipart } = capabilities;
	if (multipart === false || multipartId === undefined) return;
	if (begun + multipart.uploadLife >= Date.now() / 1000) return;
	throw new UploadError(
		"token-expired",
		"The storage has discarded the parts of this upload; start it again.",
	);
}

const rulesChanged = (): UploadError =>
	new UploadError(
		"token-expired",
		"The rules that allowed this upload have changed; start it again.",
	);

/**
 * Finds an object by its key for a caller whom the rule's `authorizeRead` or `authorizeDelete` allows.
 *
 * @returns The rule, and the storage that holds the object.
 * @throws UploadError `unauthenticated`, `forbidden`.
 */
export async function openObject(
	{ uploads, providers }: OperationContext,
	{ call, action, key }: { call: HookCall } & Pick<ObjectAccess, "action" | "key">,
): Promise<Pick<OpenUpload, "rule" | "provider">> {
	const { principal } = call;
	const { rule, params } = await authorizeObject(uploads, { principal, action, key });
	return { rule, provider: await providers.choose(rule, { ...call, requestedKey: key, params }) };
}

const noParts = (): UploadError =>
	new UploadError("invalid-request", "This upload is a single request; it has no parts.");

/** The storage's handle on a multipart upload. @throws UploadError `invalid-request` for a single one. */
export function multipartRef(upload: SealedUpload): MultipartRef {
	if (upload.multipartId === undefined) throw noParts();
	return { key: storageKey(upload), id: upload.multipartId };
}

/** Bytes of every part but the last. @throws UploadError `invalid-request` for a single upload. */
export function partSizeOf(upload: SealedUpload): number {
	if (upload.partSize === undefined) throw noParts();
	return upload.partSize;
}
