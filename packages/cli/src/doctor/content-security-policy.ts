import type { Answer } from "../exchange.js";

/** The policies that a page is under, by its header and its meta elements; each of them must allow a connection. */
export function policiesOf({ headers, text }: Answer): readonly string[] {
	const metas = text.match(/<meta\b[^>]*>/gi) ?? [];
	const inPage = metas
		.filter((meta) => /http-equiv\s*=\s*["']?content-security-policy["'\s>]/i.test(meta))
		.map((meta) => /\bcontent\s*=\s*(?:"([^"]*)"|'([^']*)')/i.exec(meta))
		.map((match) => match?.[1] ?? match?.[2] ?? "");
	const header = headers.get("content-security-policy") ?? "";
	return [...header.split(","), ...inPage].filter((policy) => policy.trim() !== "");
}

/** The sources of `connect-src`, else of `default-src`; undefined where the policy limits no connections. */
function connectSources(policy: string): readonly string[] | undefined {
	const directives = policy.split(";").map((text) => text.trim().split(/\s+/));
	const named = (wanted: string) => directives.find(([name]) => name?.toLowerCase() === wanted);
	return (named("connect-src") ?? named("default-src"))?.slice(1);
}

/**
 * Whether a policy lets its page connect to an origin (https://www.w3.org/TR/CSP3/#match-url-to-source-list).
 * Paths of sources are not compared.
 *
 * @param page - The origin of the page, which `'self'` stands for.
 * @param origin - Of what it connects to.
 */
export function connectsTo(policy: string, page: string, origin: string): boolean {
	const sources = connectSources(policy);
	return !sources || sources.some((source) => matches(source.toLowerCase(), page, new URL(origin)));
}

const defaultPorts: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };
const portOf = ({ protocol, port }: URL): string => port || (defaultPorts[protocol] ?? "");

function matches(source: string, page: string, url: URL): boolean {
	if (source === "'self'") return url.origin === page;
	if (source === "*") return /^https?:$/.test(url.protocol);
	const isScheme = (scheme: string): boolean =>
		scheme === url.protocol || (scheme === "http:" && url.protocol === "https:");
	if (/^[a-z][a-z0-9+.-]*:$/.test(source)) return isScheme(source);
	const parts = /^(?:([a-z][a-z0-9+.-]*:)\/\/)?(\*|(?:\*\.)?[^/:*]+)(?::(\d+|\*))?(?:\/|$)/.exec(
		source,
	);
	if (!parts) return false;
	const [, scheme = new URL(page).protocol, host = "", port] = parts;
	const isHost =
		host === "*" ||
		host === url.hostname ||
		(host.startsWith("*.") && url.hostname.endsWith(host.slice(1)));
	const isPort = port === "*" || portOf(url) === (port ?? defaultPorts[url.protocol]);
	return isHost && isPort && isScheme(scheme);
}
