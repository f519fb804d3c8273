import type { StoredObject } from "./buckets.js";
import type { S3Reply } from "./operation.js";
import { noSuchKey, notImplemented, preconditionFailed } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** Whether a list of entity tags, quoted or not, contains this one. */
function matchesEtag(header: string, etag: string): boolean {
	return header
		.split(",")
		.map((entry) => entry.trim())
		.some((entry) => entry === "*" || entry === etag || `"${entry}"` === etag);
}

/**
 * Checks the conditions of a write ("Conditional writes", Amazon S3 User Guide). Call it before the
 * body is read and again at the commit, since other requests write meanwhile.
 */
export function checkWriteConditions(
	{ headers }: Pick<S3Request, "headers">,
	key: string,
	existing: StoredObject | undefined,
): void {
	const noneMatch = headers.get("if-none-match");
	if (noneMatch !== undefined) {
		if (noneMatch !== "*") throw notImplemented("If-None-Match");
		if (existing !== undefined) throw preconditionFailed("If-None-Match");
	}
	const match = headers.get("if-match");
	if (match !== undefined) {
		if (existing === undefined) throw noSuchKey(key);
		if (!matchesEtag(match, existing.etag)) throw preconditionFailed("If-Match");
	}
}

/** Seconds since 1970, the resolution of HTTP dates. */
const seconds = (date: Date): number => Math.floor(date.getTime() / 1000);

/**
 * Checks the conditions of a read in the order of RFC 9110, section 13.2.2.
 *
 * @returns a 304 response when the client has the current object
 */
export function readConditions({ headers }: S3Request, object: StoredObject): S3Reply | undefined {
	const modified = seconds(object.lastModified);
	const date = (name: string): number => seconds(new Date(headers.get(name) ?? ""));
	const match = headers.get("if-match");
	if (match !== undefined) {
		if (!matchesEtag(match, object.etag)) throw preconditionFailed("If-Match");
	} else if (modified > date("if-unmodified-since")) {
		throw preconditionFailed("If-Unmodified-Since");
	}
	const noneMatch = headers.get("if-none-match");
	const fresh =
		noneMatch === undefined
			? modified <= date("if-modified-since")
			: matchesEtag(noneMatch, object.etag);
	if (!fresh) return undefined;
	return {
		status: 304,
		headers: { etag: object.etag, "last-modified": object.lastModified.toUTCString() },
	};
}
