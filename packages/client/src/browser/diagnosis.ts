import { UploadError } from "../errors.js";
import { adviseRouting } from "../http/advice.js";
import { sleep } from "../http/wait.js";
import type { Failure, Target } from "../platform.js";

/** Milliseconds to wait for the probe. */
const probeTimeout = 3_000;
/** Milliseconds after a failure in which the browser reports a violation of the page's policy. */
const violationDelay = 50;

/** Violated directives of the page's Content Security Policy, by origin of the blocked request. */
const violations = new Map<string, string>();
/** Whether the page upgrades insecure requests, once that is seen. */
let upgrades = false;

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
	const isTrusted = /^http:\/\/((.+\.)?localhost|127[\d.]+|\[::1\])(:|$)/.test(origin);
	const page = globalThis.location?.origin;
	if (!page?.startsWith("https:") || !origin.startsWith("http:")) return;
	if (upgrades || navigator.onLine === false) return;
	const probe = (url: string): Promise<boolean> =>
		isReachable(url, AbortSignal.timeout(probeTimeout));
	// Safari blocks these hosts, too; a later version may not
	if (isTrusted && (!/^Apple/.test(navigator.vendor) || (await probe(origin)))) return;
	// only a page that upgrades insecure requests reaches its own host by http
	upgrades = (await probe(page.replace("https:", "http:"))) || upgradesSockets();
	if (upgrades) return;
	const message = `The browser blocks ${origin} as mixed content. Set ${optionOf(peer)} to an https URL.`;
	throw new UploadError("blocked", message);
}

/** For pages on localhost, whose requests to it are never upgraded; Firefox does not show it. */
function upgradesSockets(): boolean {
	try {
		const socket = new WebSocket("ws://upgraded.invalid");
		socket.close();
		return socket.url.startsWith("wss");
	} catch {
		return false;
	}
}

/** What holds the address of a peer. */
const optionOf = (peer: Target["peer"]): string =>
	peer === "endpoint" ? "`endpoint`" : "the provider's `endpoint`";

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
	const [answers] = await Promise.all([
		isReachable(origin, deadline),
		sleep(violationDelay, signal),
	]);
	signal.throwIfAborted();
	const directive = violations.get(origin);
	if (directive) {
		const message = `The page's Content Security Policy (${directive}) blocks ${origin}: add this origin.`;
		return ["fail", new UploadError("blocked", message)];
	}
	const error = answers
		? new UploadError("cors", unreadable(target, hasAnswered))
		: new UploadError("network", unreachable(target));
	nameWorker(error);
	// some storages (Ceph, Swift) refuse a URL without CORS headers: a fresh one may do
	return [answers && peer === "storage" && failures === 2 ? "resign" : "retry", error];
}

/** Adds a sentence to the error's message if the page has a service worker, which may have answered. */
export function nameWorker(error: UploadError): void {
	// Chromium throws in a sandboxed frame; undefined in React Native, and on pages without https
	if (globalThis.origin !== "null" && navigator.serviceWorker?.controller)
		error.message += " Try without the service worker.";
}

/** Whether any response comes; a no-cors request needs no permission to get one. */
const isReachable = (url: string, signal: AbortSignal): Promise<boolean> =>
	fetch(url, { mode: "no-cors", cache: "no-store", signal }).then(
		() => true,
		() => false,
	);

const unreachable = ({ peer, origin }: Target): string =>
	`The ${peer} at ${origin} cannot be reached: check the connection, host and port of ${optionOf(peer)}, and that no ad blocker stops it.`;

function unreadable({ peer, origin, path = "" }: Target, hasAnswered: boolean): string {
	const page = location.origin;
	if (peer === "storage") {
		return `The browser blocked the response from ${origin} (CORS): give the bucket the CORS rule { "AllowedOrigins": ["${page}"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"], "ExposeHeaders": ["ETag"] } (https://skyput.dev/errors/cors). If it has one, check that the bucket exists.`;
	}
	const remedy = `Check the path of \`endpoint\` and that OPTIONS is routed, then add "${page}" to \`cors.origins\` of the upload handler. `;
	const advice = adviseRouting(path);
	const routing = advice ? `If it never worked, ${advice} ` : "";
	return `The browser blocked the response to ${path} from ${origin} (CORS). ${hasAnswered ? routing : remedy}A gateway answers without CORS headers: an expired login (401), 403, a body limit (413), 429, 5xx, a redirect, HTML, a reset.`;
}
