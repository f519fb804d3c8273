import type { StoredObject } from "./buckets.js";
import type { S3Reply } from "./operation.js";
import { noSuchKey, notImplemented, preconditionFailed, type S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** Whether a list of entity tags, quoted or not, contains this one. */
function matchesEtag(header: string, etag: string): boolean {
	return header
		.split(",")
		.map((entry) => entry.trim())
		.some((entry) => entry === "*" || entry === etag || `"${entry}"` === etag);
}

/** A condition from its header, or from the query of a presigned URL, which may carry it signed. */
function conditionOf({ headers, query }: Pick<S3Request, "headers" | "query">, name: string) {
	const inQuery = query.pairs.find(([parameter]) => parameter.toLowerCase() === name);
	return headers.get(name) ?? inQuery?.[1];
}

/**
 * Checks the conditions of a write ("Conditional writes", Amazon S3 User Guide). Call it before the
 * body is read and again at the commit, since other requests write meanwhile.
 *
 * @returns the condition that holds, if any
 */
export function checkWriteConditions(
	request: Pick<S3Request, "headers" | "query">,
	key: string,
	existing: StoredObject | undefined,
): "If-Match" | "If-None-Match" | undefined {
	const noneMatch = conditionOf(request, "if-none-match");
	const match = conditionOf(request, "if-match");
	if (match !== undefined && noneMatch !== undefined) {
		const reason = "Multiple conditional request headers present in the request";
		throw notImplemented("If-Match,If-None-Match", reason);
	}
	if (noneMatch !== undefined) {
		if (noneMatch !== "*") throw unacceptedValue("If-None-Match");
		if (existing !== undefined) throw preconditionFailed("If-None-Match");
		return "If-None-Match";
	}
	if (match === undefined) return undefined;
	if (match === "*") throw unacceptedValue("If-Match");
	if (existing === undefined) throw noSuchKey(key);
	// AWS ignores quotes, also a single one
	if (match.replaceAll('"', "") !== existing.etag.replaceAll('"', "")) {
		throw preconditionFailed("If-Match");
	}
	return "If-Match";
}

const unacceptedValue = (header: string): S3Error =>
	notImplemented(header, `We don't accept the provided value of ${header} header for this API`);

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
