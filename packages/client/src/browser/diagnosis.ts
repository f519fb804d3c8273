import { UploadError } from "../errors.js";
import type { Failure, Target } from "../platform.js";

/** Milliseconds to wait for the probe. */
const probeTimeout = 3_000;
/** Milliseconds after a failure in which the browser reports a violation of the page's policy. */
const violationDelay = 50;

/** Violated directives of the page's Content Security Policy, by origin of the blocked request. */
const violations = new Map<string, string>();
/** Whether the page upgrades insecure requests, once that is seen. */
let upgrades = false;
/** Running probes by origin: many parts may fail at once. */
const probes = new Map<string, Promise<boolean>>();

/** Notes what the page's policy blocks; a request is reported after it has failed. */
export const watchPolicy = (): void =>
	globalThis.addEventListener?.("securitypolicyviolation", (event) => {
		const { blockedURI, effectiveDirective, disposition } = event as SecurityPolicyViolationEvent;
		if (disposition === "report" || !/^(connect|default)-src/.test(effectiveDirective)) return;
		if (URL.canParse(blockedURI)) violations.set(new URL(blockedURI).origin, effectiveDirective);
	});

/**
 * Refuses what the browser blocks as mixed content, before anything is sent.
 *
 * @throws UploadError `blocked`
 */
export async function checkMixedContent({ peer, origin }: Target): Promise<void> {
	// all engines but WebKit trust these hosts over http; there the failure is explained afterwards
	const isLocal = /^http:\/\/(localhost|[\w.-]+\.localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(
		origin,
	);
	const page = globalThis.location?.origin ?? "";
	if (isLocal || !page.startsWith("https:") || !origin.startsWith("http:")) return;
	if (upgrades || navigator.onLine === false) return;
	// only a page that upgrades insecure requests reaches its own host by http
	const own = page.replace("https:", "http:");
	upgrades = await isReachable(own, AbortSignal.timeout(probeTimeout));
	if (upgrades) return;
	throw mixedContent(peer, origin);
}

const mixedContent = (peer: Target["peer"], origin: string): UploadError => {
	const remedy =
		peer === "endpoint"
			? `Set \`endpoint\` to an https URL`
			: "Set the storage's `endpoint` (or `publicEndpoint`) on the server to an https URL";
	return new UploadError(
		"blocked",
		`The browser blocks ${origin} as mixed content, because this page is on https and the ${peer} on http. ${remedy}.`,
	);
};

/**
 * Tells why a request failed without a response, as far as a page can see: browsers report blocked, unreadable
 * and lost requests alike.
 *
 * @param failures of requests to this origin in a row
 * @param hasAnswered whether this page could read a response of it before
 */
export async function diagnose(
	target: Target,
	failures: number,
	hasAnswered: boolean,
	signal: AbortSignal,
): Promise<Failure> {
	const { peer, origin } = target;
	const deadline = AbortSignal.any([signal, AbortSignal.timeout(probeTimeout)]);
	const probe = probes.get(origin) ?? isReachable(origin, deadline);
	probes.set(origin, probe);
	const [answers] = await Promise.all([
		probe.finally(() => probes.delete(origin)),
		new Promise((resolve) => setTimeout(resolve, violationDelay)),
	]);
	signal.throwIfAborted();
	const directive = violations.get(origin);
	if (directive) {
		const message = `The page's Content Security Policy (${directive}) blocks ${origin}: add this origin to ${directive} in the Content-Security-Policy header or meta element of the page.`;
		return ["fail", new UploadError("blocked", message)];
	}
	if (!answers) return ["retry", new UploadError("network", unreachable(target))];
	const error = new UploadError("cors", unreadable(target, hasAnswered));
	// some storages (Ceph, Swift) refuse a URL without CORS headers: a fresh one may do
	return [peer === "storage" && failures === 2 ? "resign" : "retry", error];
}

/** Whether any response comes; a no-cors request needs no permission to get one. */
const isReachable = (url: string, signal: AbortSignal): Promise<boolean> =>
	fetch(url, { mode: "no-cors", cache: "no-store", signal }).then(
		() => true,
		() => false,
	);

const unreachable = ({ peer, origin }: Target): string => {
	const option = peer === "endpoint" ? "`endpoint`" : "the storage's endpoint on the server";
	const local = location.protocol === "https:" && origin.startsWith("http:");
	const mixed = local ? "; this browser may also block http on an https page (mixed content)" : "";
	return `The ${peer} at ${origin} cannot be reached: check the connection, host and port of ${option}, and whether an ad blocker or extension blocks it${mixed}.`;
};

function unreadable({ peer, origin, path = "" }: Target, hasAnswered: boolean): string {
	const page = location.origin;
	if (peer === "storage") {
		return `The browser blocked the response from ${origin} (CORS): allow PUT with all headers ("*") from "${page}" in the bucket's CORS rule, and expose "ETag": { "AllowedOrigins": ["${page}"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"] } (https://skyput.dev/errors#cors). If it is there, check that the bucket exists, and the body limit of a proxy in front.`;
	}
	const gateway =
		"A gateway answers without CORS headers when a login has expired (401), for 403, 413 (body limit), 429 and 5xx, and for a redirect or HTML page: see its log.";
	return hasAnswered
		? `The browser blocked a response from ${origin} (CORS), and could read earlier ones. ${gateway}`
		: `The browser blocked the response to POST ${path} from ${origin} (CORS). Check the path of \`endpoint\`, then add "${page}" to \`cors.origins\` of the upload handler. ${gateway}`;
}
