import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Broken set-ups, the code that each ends with, and the words of the cause on the page of this code. */
const causes: readonly (readonly [setUp: string, code: string, words: string])[] = [
	["1: a bucket without a CORS rule", "cors", "the bucket has no CORS rule for your page's origin"],
	["2: an origin that is not listed", "cors", "is not in `cors.origins`"],
	["2: OPTIONS not routed", "cors", "of the endpoint does not reach the handler"],
	["2: a POST of such a page", "forbidden", "the page's origin is not in `cors.origins`"],
	["3: a hidden ETag that the server may not look for", "conflict", "could not read `ETag`"],
	["4: a wrong path, unreadable", "cors", "often answers 404 without CORS headers"],
	["5: a wrong path", "not-found", "The path of the client's `endpoint` is wrong"],
	["5: a server of files", "unsupported", "answers 501 to every `POST`"],
	["6: missing operations", "not-found", "Only the base path is routed"],
	["7: a gateway's 401", "unauthenticated", "A gateway's own 401"],
	["7: a gateway's 401, unreadable", "cors", "an expired login (401)"],
	["8: a gateway's errors, unreadable", "cors", "403, a body limit (413), 429, 5xx"],
	["9: a gateway's 403", "forbidden", "A 403 of a gateway or firewall"],
	["9: a gateway's 404", "not-found", "A gateway's 404 or 405"],
	["9: a gateway's 409", "conflict", "A gateway's own 409 or 412"],
	["9: a gateway's 429", "rate-limited", "A gateway's or firewall's own 429"],
	["9: a gateway's 503", "storage-unavailable", "A gateway's own 503"],
	["9: a gateway's 504", "internal", "A gateway's 500, 502 or 504"],
	["9: a gateway's 431", "invalid-request", "Another 4xx of a gateway"],
	["10: a redirect", "invalid-request", "A redirect"],
	["10: a redirect, unreadable", "cors", "redirect to a login page"],
	["11: an HTML page", "invalid-request", "the fallback of a single-page app"],
	["11: an HTML page, unreadable", "cors", "an HTML page"],
	["12: a body limit", "invalid-request", "413 of a gateway or proxy"],
	["12: a body limit at the storage", "too-large", "its own limit for a body"],
	["13: mixed content", "blocked", "Mixed content"],
	["14: a Content Security Policy", "blocked", "`connect-src` lacks the host"],
	["15: an ad blocker", "network", "An ad blocker or extension"],
	["16: an unknown host", "network", "Unknown host"],
	["17: a refused port", "network", "Refused port"],
	["17: https where the server speaks http", "network", "a URL that should begin with `http:`"],
	["18: a silent host", "network", "A silent host"],
	["18: silence without end", "timeout", "No response came for four times that"],
	["19: the server's clock", "storage-error", "The server's clock"],
	["20: a wrong region", "storage-error", "The region"],
	["21: a wrong secret key", "forbidden", "`SignatureDoesNotMatch`"],
	["21: no credentials", "storage-unavailable", "The server has no credentials"],
	["22: no such bucket", "storage-error", "The bucket** does not exist"],
	["22: a console in place of the storage", "storage-error", "The storage's endpoint"],
	["22: no such bucket, unreadable", "cors", "the bucket does not exist"],
	["23: policies", "forbidden", "`s3:signatureAge`, encryption"],
	["24: Object Lock", "unsupported", "Object Lock"],
	["25: a captive portal", "blocked", "a captive portal, a login page or a proxy"],
	["26: no token secret", "internal", "`UPLOAD_TOKEN_SECRET`"],
	["27: no authorizer", "unauthenticated", "The route has no authorizer"],
	["28: no pattern", "forbidden", "No pattern matches the key"],
	["29: a large file", "too-large", "`values.limit`"],
	["29: a wrong type", "unsupported-type", "another type than the rule lists"],
	["29: a bad key", "invalid-key", "an empty, `.` or `..` segment"],
	["30: principal throws", "internal", "`principal`, `authorize`"],
	["31: parts are gone", "upload-not-found", "A lifecycle rule"],
	["32: no import()", "unsupported", "lacks `import()`"],
	["33: code that cannot be loaded", "network", "Code of the upload can't be loaded"],
	["34: a folder", "invalid-request", "or a folder"],
	["a body that was read before", "invalid-request", "A body that was read before"],
	["a body that was gone", "invalid-request", "A body that was gone"],
];

/** The section of a page that lists the causes, in one line. */
async function causesOf(code: string): Promise<string> {
	const page = join(import.meta.dirname, `../../docs/errors/${code}.md`);
	const [, section = ""] = /## Causes\n(.*?)\n## /s.exec(await readFile(page, "utf8")) ?? [];
	return section.replace(/\s+/g, " ");
}

test.each(causes)("%s is a cause on the page of %s", async (_setUp, code, words) => {
	expect(await causesOf(code)).toContain(words);
});
