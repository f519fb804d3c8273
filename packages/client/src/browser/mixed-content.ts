import { UploadError } from "../errors.js";
import type { Target } from "../platform.js";
import { isReachable, optionOf, probeTimeout } from "./diagnosis.js";

/** Whether the page upgrades insecure requests, once that is seen. */
let upgrades = false;

/**
 * Refuses what the browser blocks as mixed content, before anything is sent. To be called in a page that was loaded
 * by https, for a target without.
 *
 * @throws UploadError `blocked`
 */
export async function checkMixedContent({ peer, origin }: Target): Promise<void> {
	if (upgrades) return;
	const isTrusted = /^http:\/\/((.+\.)?localhost|127[\d.]+|\[::1\])(:|$)/.test(origin);
	const probe = (url: string): Promise<boolean> =>
		isReachable(url, AbortSignal.timeout(probeTimeout));
	// Safari blocks these hosts, too; a later version may not
	if (isTrusted && (!/^Apple/.test(navigator.vendor) || (await probe(origin)))) return;
	// only a page that upgrades insecure requests reaches its own host by http
	upgrades = (await probe(location.origin.replace("https:", "http:"))) || upgradesSockets();
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
