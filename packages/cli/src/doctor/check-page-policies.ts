import { NoAnswerError } from "../exchange.js";
import { connectsTo, policiesOf } from "./content-security-policy.js";
import { exchange } from "./exchange.js";
import { type Finding, finding, type Section } from "./finding.js";

/** What a page's Content-Security-Policy needs to connect to these. */
export const connectSource = (contacts: readonly string[]): string =>
	`connect-src ${contacts.join(" ")}`;

/**
 * Compares the Content-Security-Policy of the page at each origin with what uploads connect to.
 *
 * @param origins - Of the pages that upload.
 * @param contacts - The origins of the handler and of every name of the storages.
 */
export async function checkPagePolicies(
	origins: readonly string[],
	contacts: readonly string[],
): Promise<Section> {
	const findings: Finding[] = [];
	const skipped: string[] = [];
	let isTried = false;
	for (const origin of origins) {
		// apps have origins of their own schemes, which no server answers
		if (!/^https?:/.test(origin)) continue;
		try {
			const policies = policiesOf(
				await exchange(`${origin}/`, { headers: { accept: "text/html" } }),
			);
			isTried = true;
			const blocked = contacts.filter((contact) =>
				policies.some((policy) => !connectsTo(policy, origin, contact)),
			);
			if (blocked.length === 0) continue;
			const seen = `The policy of ${origin}/ does not allow connections to ${blocked.join(" and ")}.`;
			findings.push(finding("page-policy", seen, connectSource(contacts)));
		} catch (error) {
			if (!(error instanceof NoAnswerError)) throw error;
			skipped.push(`the Content-Security-Policy of ${origin}: ${error.reason}`);
		}
	}
	return { findings, skipped, left: [], isTried };
}
