import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Broken set-ups, the code that each ends with, and the words of the cause on the page of this code. */
const causes: readonly (readonly [setUp: string, code: string, words: string])[] = [
	["a bucket without a CORS rule", "cors", "the bucket has no CORS rule for your page's origin"],
	["an origin that is not listed", "cors", "is not in `cors.origins`"],
	["OPTIONS not routed", "cors", "of the endpoint does not reach the handler"],
	["a POST of such a page", "forbidden", "the page's origin is not in `cors.origins`"],
	["a hidden ETag that the server may not look for", "conflict", "could not read `ETag`"],
	["a wrong path, unreadable", "cors", "often answers 404 without CORS headers"],
	["a wrong path", "not-found", "The path of the client's `endpoint` is wrong"],
	["a server of files", "unsupported", "answers 501 to every `POST`"],
	["missing operations", "not-found", "Only the base path is routed"],
	["a gateway's 401", "unauthenticated", "A gateway's own 401"],
	["a gateway's 401, unreadable", "cors", "an expired login (401)"],
	["a gateway's errors, unreadable", "cors", "403, a body limit (413), 429, 5xx"],
	["a gateway's 403", "forbidden", "A 403 of a gateway or firewall"],
	["a gateway's 404", "not-found", "A gateway's 404 or 405"],
	["a gateway's 409", "conflict", "A gateway's own 409 or 412"],
	["a gateway's 429", "rate-limited", "A gateway's or firewall's own 429"],
	["a gateway's 503", "storage-unavailable", "A gateway's own 503"],
	["a gateway's 504", "internal", "A gateway's 500, 502 or 504"],
	["a gateway's 431", "invalid-request", "Another 4xx of a gateway"],
	["a redirect", "invalid-request", "A redirect"],
	["a redirect, unreadable", "cors", "redirect to a login page"],
	["an HTML page", "invalid-request", "the fallback of a single-page app"],
	["an HTML page, unreadable", "cors", "an HTML page"],
	["a body limit", "invalid-request", "413 of a gateway or proxy"],
	["a body limit at the storage", "too-large", "its own limit for a body"],
	["mixed content", "blocked", "Mixed content"],
	["a Content Security Policy", "blocked", "`connect-src` lacks the host"],
	["an ad blocker", "network", "An ad blocker or extension"],
	["an unknown host", "network", "Unknown host"],
	["a refused port", "network", "Refused port"],
	["https where the server speaks http", "network", "a URL that should begin with `http:`"],
	["a silent host", "network", "A silent host"],
	["silence without end", "timeout", "No response came for four times that"],
	["the server's clock", "storage-error", "The server's clock"],
	["a wrong region", "storage-error", "The region"],
	["a wrong secret key", "forbidden", "`SignatureDoesNotMatch`"],
	["no credentials", "storage-unavailable", "The server has no credentials"],
	["no such bucket", "storage-error", "The bucket** does not exist"],
	["a console in place of the storage", "storage-error", "The storage's endpoint"],
	["no such bucket, unreadable", "cors", "the bucket does not exist"],
	["policies", "forbidden", "`s3:signatureAge`, encryption"],
	["Object Lock", "unsupported", "Object Lock"],
	["a captive portal", "blocked", "a captive portal, login page or proxy"],
	["no token secret", "internal", "`UPLOAD_TOKEN_SECRET`"],
	["no authorizer", "unauthenticated", "The route has no authorizer"],
	["no pattern", "forbidden", "No pattern matches the key"],
	["a large file", "too-large", "`values.limit`"],
	["a wrong type", "unsupported-type", "another type than the rule lists"],
	["a bad key", "invalid-key", "an empty, `.` or `..` segment"],
	["principal throws", "internal", "`principal`, `authorize`"],
	["parts are gone", "upload-not-found", "A lifecycle rule"],
	["no import()", "unsupported", "lacks `import()`"],
	["code that cannot be loaded", "network", "Code of the upload can't be loaded"],
	["a folder", "invalid-request", "or a folder"],
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
