import type { PartWindow } from "@skyput/protocol";
import { type Finding, type FindingCode, finding } from "../finding.js";
import { type Preflight, preflight, refusedBy } from "../preflight.js";

/** What a page sends to the bucket. */
export interface BucketPages {
	readonly origins: readonly string[];
	/** The rule that allows it, as the finding prints it. */
	readonly fix: string;
	/** A signed URL, or the bucket's. */
	readonly url: string;
	readonly method: "PUT" | "GET";
	/** Names of the headers that a page sends; lower-case. */
	readonly headers: readonly string[];
}

/**
 * Sends the preflights of a page to the bucket, and where one is refused, with less of it, to find out why.
 *
 * @returns One finding for each origin that is refused.
 */
export async function checkBucketCors(pages: BucketPages): Promise<readonly Finding[]> {
	const findings: Finding[] = [];
	for (const origin of pages.origins) {
		const found = await checkOrigin(pages, origin);
		if (found) findings.push(found);
	}
	return findings;
}

async function checkOrigin(pages: BucketPages, origin: string): Promise<Finding | undefined> {
	const { url, method, headers } = pages;
	const refusalOf = async (change: Partial<Preflight>): Promise<string | undefined> => {
		const asked = { origin, method, headers, ...change };
		return refusedBy(await preflight(url, asked), asked)?.why;
	};
	const why = await refusalOf({});
	if (why === undefined) return undefined;
	const seen = `A page of ${origin} may not ${method} to ${new URL(url).host}: ${why}`;
	const report = (code: FindingCode, detail: string): Finding =>
		finding(code, `${seen} ${detail}`, pages.fix);
	if ((await refusalOf({ headers: [] })) === undefined) {
		const missing: string[] = [];
		for (const name of headers) if (await refusalOf({ headers: [name] })) missing.push(name);
		return report(
			"bucket-cors-headers",
			`Not allowed: ${missing.join(", ") || "all of them at once"}.`,
		);
	}
	for (const other of ["GET", "PUT", "POST", "HEAD"].filter((name) => name !== method)) {
		if ((await refusalOf({ method: other, headers: [] })) === undefined) {
			return report("bucket-cors-method", `${other} is allowed.`);
		}
	}
	return (await answersSomebody(url, method))
		? report("bucket-cors-origin", "Other origins are allowed.")
		: report("bucket-cors-missing", "No rule, or none that lists this origin.");
}

/** The URLs of a part, one for each name of the storage. */
export const partUrlsOf = ({ urls }: Pick<PartWindow, "urls">): string[] =>
	urls.map((url) => url.replace("{partNumber}", "1").replace("{value}", ""));

/** Whether pages of usual origins are answered, so that there are rules. */
async function answersSomebody(url: string, method: string): Promise<boolean> {
	for (const origin of ["http://localhost:3000", "https://example.com", new URL(url).origin]) {
		const asked = { origin, method, headers: [] };
		if (refusedBy(await preflight(url, asked), asked) === undefined) return true;
	}
	return false;
}
