import type { Audit } from "../audit-event.js";
import { redact } from "../errors.js";

/** Where {@link jsonAudit} writes. */
export interface JsonAuditOptions {
	/** `console`, a Powertools logger, or anything with `info(line)`. @default console */
	readonly log?: { readonly info: (line: string) => void } | undefined;
}

/** Characters of the longest text of a line: clients may send a content type of any length. */
const maxTextLength = 2000;

/**
 * Writes each event as one line of JSON. What looks like the query of a URL, a token or an access key is
 * removed, also where a client put it into a key.
 *
 * @param options - The logger.
 * @returns The function for a handler's `audit`.
 * @throws TypeError when `log` has no `info`.
 * @example
 * createLambdaHandler({ ..., audit: jsonAudit() })
 */
export function jsonAudit({ log = console }: JsonAuditOptions = {}): Audit {
	if (typeof log?.info !== "function") throw new TypeError("log.info must be a function.");
	const clean = (_name: string, value: unknown): unknown =>
		typeof value === "string" ? redact(value).slice(0, maxTextLength) : value;
	return (event) => log.info(JSON.stringify(event, clean));
}
