import type { Audit } from "../audit-event.js";
import { refuseUnknownOptions } from "../check-options.js";
import { jsonLine, redact } from "../errors.js";

/** Where {@link jsonAudit} writes. */
export interface JsonAuditOptions {
	/** `console`, a Powertools logger, or anything with `info(line)`. @default console */
	readonly log?: { readonly info: (line: string) => void } | undefined;
}

/** Characters of the longest text that others have written. */
const maxTextLength = 2000;

/**
 * Writes each event as one line of JSON. What looks like the query of a URL, a token or an access key is
 * removed from what others have written, such as a key.
 *
 * @param options - The logger.
 * @returns The function for a handler's `audit`.
 * @throws TypeError when `log` has no `info`, or for another option.
 * @example
 * createLambdaHandler({ ..., audit: jsonAudit() })
 */
export function jsonAudit(options: JsonAuditOptions = {}): Audit {
	refuseUnknownOptions(options, ["log"], "option of jsonAudit");
	const { log = console } = options;
	if (typeof log?.info !== "function") throw new TypeError("log.info must be a function.");
	const clean = (text: string): string => redact(text).slice(0, maxTextLength);
	return ({ requestId, principal, key, contentType, reason, ...event }) => {
		const line = {
			...event,
			requestId: clean(requestId),
			...(principal && {
				principal: { sub: clean(principal.sub), iss: principal.iss && clean(principal.iss) },
			}),
			...(key !== undefined && { key: clean(key) }),
			...(contentType !== undefined && { contentType: clean(contentType) }),
			...(reason !== undefined && { reason: clean(reason) }),
		};
		return log.info(jsonLine(line));
	};
}
