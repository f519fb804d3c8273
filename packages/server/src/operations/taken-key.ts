import { hasCode, UploadError } from "../errors.js";
import type { PresignProvider } from "../provider.js";
import { createOnly } from "../uploads/check-provider.js";
import type { CompiledRule } from "../uploads/compile-rule.js";

/** Bytes up to which sending the file costs less than checking the key first. */
const maxUnchecked = 5_000_000;

/** Consecutive forbidden checks after which none is made for {@link pause}. */
const maxRefusals = 10;

/** Milliseconds. */
const pause = 5 * 60_000;

/** Consecutive forbidden checks by provider, and the time of the last one. */
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
 * Checks for an object with the key before the file is sent. A failed check is ignored: the conditional write
 * still protects the object. Skipped for server-made keys and small single uploads.
 *
 * @throws UploadError `already-exists`, `storage-error`.
 */
export async function refuseTakenKey(planned: PlannedUpload): Promise<void> {
	const { provider, rule, kind, key, size } = planned;
	if (rule.key || rule.overwrite === true) return;
	const isSmall = kind === "single" && (size ?? 0) <= maxUnchecked;
	// a file in quarantine meets its key only when it was processed
	if (!rule.quarantine && (isSmall || !createOnly(rule, provider, kind))) return;
	const { count = 0, at = 0 } = refusals.get(provider) ?? {};
	const paused = count >= maxRefusals && Date.now() - at < pause;
	if (paused) return;
	let taken: boolean;
	try {
		taken = (await provider.head(key)) !== null;
	} catch (error) {
		// a wrong region or clock refuses the file too, after it was sent
		if (hasCode(error, "storage-error")) throw error;
		// without s3:ListBucket, S3 responds 403 for a key without an object
		if (hasCode(error, "forbidden")) {
			refusals.set(provider, { count: (count % maxRefusals) + 1, at: Date.now() });
		}
		return;
	}
	refusals.delete(provider);
	if (taken) throw new UploadError("already-exists", "An object with this key exists.");
}
