import type { Answer } from "../exchange.js";
import { exchange } from "./exchange.js";
import { type Finding, finding } from "./finding.js";

/** What a browser asks before a request. */
export interface Preflight {
	readonly origin: string;
	readonly method: string;
	/** Names of the headers that it will send; lower-case. */
	readonly headers: readonly string[];
}

/** Headers that browsers send without asking (https://fetch.spec.whatwg.org/#cors-safelisted-request-header). */
const safelisted = ["accept", "accept-language", "content-language"];

/** Sends a browser's preflight. @throws NoAnswerError */
export async function preflight(
	url: string,
	{ origin, method, headers }: Preflight,
): Promise<Answer> {
	const names = headers.filter((name) => !safelisted.includes(name)).sort();
	return exchange(url, {
		method: "OPTIONS",
		headers: {
			origin,
			"access-control-request-method": method,
			...(names.length > 0 ? { "access-control-request-headers": names.join(",") } : {}),
		},
	});
}

const listOf = (text: string | null): string[] =>
	(text ?? "")
		.split(",")
		.map((name) => name.trim().toLowerCase())
		.filter(Boolean);

/** Why a browser does not send a request after its preflight. */
export interface PreflightRefusal {
	readonly about: "status" | "origin" | "method" | "headers";
	/** A sentence. */
	readonly why: string;
}

/**
 * Why a browser would not send the request after this answer, as the Fetch standard decides it.
 *
 * @returns Undefined where it would.
 */
export function refusedBy(
	{ status, headers }: Answer,
	{ origin, method, headers: asked }: Preflight,
): PreflightRefusal | undefined {
	const allowed = headers.get("access-control-allow-origin");
	if (status < 200 || status > 299) {
		return { about: "status", why: `the preflight got status ${status}.` };
	}
	if (allowed !== "*" && allowed !== origin) {
		const why = `the preflight's answer has Access-Control-Allow-Origin: ${allowed ?? "(none)"}.`;
		return { about: "origin", why };
	}
	const methods = listOf(headers.get("access-control-allow-methods"));
	const isSimple = ["GET", "HEAD", "POST"].includes(method);
	if (!isSimple && !methods.includes("*") && !methods.includes(method.toLowerCase())) {
		const why = `the preflight's answer allows the methods ${methods.join(", ") || "(none)"}.`;
		return { about: "method", why };
	}
	const names = listOf(headers.get("access-control-allow-headers"));
	const missing = asked.filter(
		(name) =>
			!safelisted.includes(name) &&
			!names.includes(name) &&
			// a wildcard does not cover this one
			(name === "authorization" || !names.includes("*")),
	);
	if (missing.length === 0) return undefined;
	const why = `the preflight's answer does not allow the headers ${missing.join(", ")}.`;
	return { about: "headers", why };
}

/**
 * Whether pages can read the ETag of what they stored.
 *
 * @param origins - Of pages; the PUT came from the first.
 * @param answer - To the PUT.
 * @param fix - What to change. Default: the rule of S3.
 */
export function exposureFinding(
	origins: readonly string[],
	{ headers }: Answer,
	fix = '"ExposeHeaders": ["ETag"] in the bucket\'s CORS rule',
): readonly Finding[] {
	const exposed = headers.get("access-control-expose-headers") ?? "";
	// without CORS headers at all, the preflights tell what is wrong
	if (origins.length === 0 || !headers.has("access-control-allow-origin")) return [];
	if (/(^|,)\s*(etag|\*)\s*(,|$)/i.test(exposed)) return [];
	const seen = `The answer to a page of ${origins[0]} exposes ${exposed || "no header"}.`;
	return [finding("etag-not-exposed", seen, fix)];
}
