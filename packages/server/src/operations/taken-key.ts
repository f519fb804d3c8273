import { hasCode, UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import { createOnly } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";

/** Bytes up to which a single request costs less than a look. */
const maxUnchecked = 5_000_000;

/** Refused looks in a row after which none is made for {@link pause}. */
const maxRefusals = 10;

/** Milliseconds. */
const pause = 5 * 60_000;

/** Refused looks in a row, by provider, and when the last one was. */
const refusals = new WeakMap<PresignProvider, { readonly count: number; readonly at: number }>();

interface PlannedUpload {
	readonly provider: PresignProvider;
	readonly rule: CompiledRule;
	readonly kind: "single" | "multipart";
	readonly key: string;
	/** Bytes. */
	readonly size: number | null;
}

/**
 * Looks for an object under the key before the file is sent. A look that fails says nothing: the
 * conditional write remains the guard. None where the server makes the key, nor for small single uploads.
 *
 * @throws UploadError `already-exists`.
 */
export async function refuseTakenKey(planned: PlannedUpload): Promise<void> {
	const { provider, rule, kind, key, size } = planned;
	if (rule.key || !createOnly(rule, provider, kind)) return;
	if (kind === "single" && (size ?? 0) <= maxUnchecked) return;
	const { count = 0, at = 0 } = refusals.get(provider) ?? {};
	const paused = count >= maxRefusals && Date.now() - at < pause;
	if (paused) return;
	let taken: boolean;
	try {
		taken = (await provider.head(key)) !== null;
	} catch (error) {
		// without s3:ListBucket S3 answers 403 for a free key
		if (hasCode(error, "forbidden")) {
			refusals.set(provider, { count: (count % maxRefusals) + 1, at: Date.now() });
		}
		return;
	}
	refusals.delete(provider);
	if (taken) throw new UploadError("already-exists", "Another object is stored under this key.");
}
