import { UploadError } from "../errors.js";
import type { Failure, Target } from "../platform.js";

/**
 * Failures without any answer, and the milliseconds over which they come, before a CORS rule is
 * suspected: one reset may hit all requests in flight at once, and a gateway that has a bad moment
 * answers without CORS headers.
 */
const suspiciousCount = 3;
const suspiciousTime = { storage: 1_000, endpoint: 5_000 };
/** Milliseconds to wait for the probe. */
const probeTimeout = 5_000;

/**
 * Tells a host that is dead, about which there is no more to say, from one that answers but may not
 * be read by this page: browsers report both alike. A URL that such a host has refused looks the same,
 * since some storages (Ceph, Swift) send no CORS header with a 403: it is worth a fresh one first.
 *
 * @param times when requests to this origin failed, of which none was ever answered readably
 */
export async function diagnose(
	times: readonly number[],
	{ peer, origin }: Target,
	signal: AbortSignal,
): Promise<Failure | undefined> {
	const [first = 0] = times;
	if (times.length < suspiciousCount || performance.now() - first < suspiciousTime[peer])
		return undefined;
	const patience = AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]);
	try {
		// an opaque answer needs no permission: it proves a living host
		await fetch(origin, { mode: "no-cors", cache: "no-store", signal: patience });
	} catch {
		return undefined;
	}
	const page = location.origin;
	const remedy =
		peer === "endpoint"
			? `add "${page}" to \`cors.origins\` of the upload handler`
			: `the bucket's CORS rule must allow the method PUT with all headers ("*") from the origin "${page}", and expose "ETag"; https://skyput.dev/errors#cors has it to paste`;
	const message = `${origin} answers, but not to this page: ${remedy}.`;
	return ["resign", () => new UploadError("cors", message)];
}
