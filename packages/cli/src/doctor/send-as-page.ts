import type { SignedRequest } from "@skyput/protocol";
import type { Answer } from "../exchange.js";
import { exchange } from "./exchange.js";

/** The bytes of the small objects that are stored. */
export const trialBody = "skyput doctor";

/** As long as {@link trialBody}, with other bytes. */
export const otherTrialBody = "skyput_doctor";

/**
 * Sends a signed request as a page of the first origin would.
 *
 * @param origins - Of pages; without any, no origin is sent.
 * @param request - Of a plan or a provider.
 * @throws NoAnswerError
 */
export function sendAsPage(
	origins: readonly string[],
	{ url, method, headers }: Pick<SignedRequest, "url" | "method" | "headers">,
	body: string,
): Promise<Answer> {
	const [origin] = origins;
	return exchange(url, { method, headers: { ...headers, ...(origin ? { origin } : {}) }, body });
}
