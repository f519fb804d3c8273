import { UploadError } from "../errors.js";
import type { Failure, Target } from "../platform.js";

/**
 * Failures without a response, and the milliseconds they span, before CORS is suspected. One reset can fail all
 * requests in flight, and a failing gateway answers without CORS headers.
 */
const suspiciousCount = 3;
const suspiciousTime = { storage: 1_000, endpoint: 5_000 };
/** Milliseconds to wait for the probe. */
const probeTimeout = 5_000;

/**
 * Distinguishes a dead host from one that answers but may not be read by this page: browsers report both
 * alike. A refused URL looks the same, since some storages (Ceph, Swift) send no CORS header with a 403, so
 * a fresh URL is tried first.
 *
 * @param times when requests to this origin failed, none of which was ever answered readably
 */
export async function diagnose(
	times: readonly number[],
	{ peer, origin }: Target,
	signal: AbortSignal,
): Promise<Failure | undefined> {
	const [first = 0] = times;
	if (times.length < suspiciousCount || performance.now() - first < suspiciousTime[peer])
		return undefined;
	const deadline = AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]);
	try {
		// a no-cors request needs no permission; any response proves that the host is reachable
		await fetch(origin, { mode: "no-cors", cache: "no-store", signal: deadline });
	} catch {
		return undefined;
	}
	const page = location.origin;
	const remedy =
		peer === "endpoint"
			? `add "${page}" to \`cors.origins\` of the upload handler`
			: `allow PUT with all headers ("*") from "${page}" in the bucket's CORS rule, and expose "ETag": https://skyput.dev/errors#cors`;
	const message = `The browser blocked the response from ${origin} (CORS): ${remedy}.`;
	return ["resign", new UploadError("cors", message)];
}
