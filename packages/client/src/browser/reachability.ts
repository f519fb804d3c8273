import { UploadError } from "../errors.js";
import { until } from "../http/wait.js";

/**
 * Failures without any answer, and the milliseconds over which they come, before the bucket's CORS
 * rule is suspected: one reset may hit all requests in flight at once.
 */
const suspiciousCount = 3;
const suspiciousTime = 1_000;
/** Milliseconds to wait for the probe. */
const probeTimeout = 5_000;

/** Tells apart what browsers report alike: no network, no connection, no permission by CORS. */
export interface Reachability {
	/** The host of this URL has answered a request readably: its CORS rule is in order. */
	answered(url: string): void;
	/**
	 * A request failed without an answer. Waits while the browser is offline.
	 *
	 * @throws UploadError `cors` when the host answers, but never to this page.
	 */
	failed(url: string, signal: AbortSignal): Promise<void>;
}

export function createReachability(): Reachability {
	const good = new Set<string>();
	/** When the requests to a host failed. */
	const failures = new Map<string, number[]>();
	return {
		answered: (url) => void good.add(new URL(url).origin),
		async failed(url, signal) {
			if (!navigator.onLine) {
				const online = new Promise((resolve) =>
					addEventListener("online", resolve, { once: true }),
				);
				return void (await until(online, signal));
			}
			const { origin } = new URL(url);
			const now = performance.now();
			const times = failures.get(origin) ?? [];
			failures.set(origin, times);
			const [since = now] = times;
			if (
				good.has(origin) ||
				times.push(now) < suspiciousCount ||
				now - since < suspiciousTime ||
				!(await answersAnybody(origin, signal))
			) {
				return;
			}
			throw new UploadError(
				"cors",
				`${origin} answers, but not to this page: its CORS rule must allow PUT with all headers from ${location.origin}, and expose ETag.`,
			);
		},
	};
}

/** An opaque answer needs no permission: it proves a living host. */
function answersAnybody(origin: string, signal: AbortSignal): Promise<boolean> {
	const patience = AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]);
	return fetch(origin, { mode: "no-cors", cache: "no-store", signal: patience }).then(
		() => true,
		() => false,
	);
}
