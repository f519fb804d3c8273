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

type ReadCondition = "If-Match" | "If-Unmodified-Since" | "If-None-Match" | "If-Modified-Since";

/**
 * Checks the conditions of a read, or of the source of a copy, in the order of RFC 9110, section 13.2.2.
 * AWS ignores an If-Modified-Since in the future.
 *
 * @param header returns the value of a condition, by its name in lower case
 * @returns the condition that does not hold
 */
export function failedReadCondition(
	header: (name: string) => string | undefined,
	{ etag, lastModified }: StoredObject,
): ReadCondition | undefined {
	const modified = seconds(lastModified);
	const date = (name: string): number => seconds(new Date(header(name) ?? ""));
	const match = header("if-match");
	if (match !== undefined) {
		if (!matchesEtag(match, etag)) return "If-Match";
	} else if (modified > date("if-unmodified-since")) return "If-Unmodified-Since";
	const noneMatch = header("if-none-match");
	if (noneMatch !== undefined) return matchesEtag(noneMatch, etag) ? "If-None-Match" : undefined;
	const since = date("if-modified-since");
	return modified <= since && since <= seconds(new Date()) ? "If-Modified-Since" : undefined;
}

/** A 304 response when the client has the current object. Throws when another condition fails. */
export function readConditions({ headers }: S3Request, object: StoredObject): S3Reply | undefined {
	const failed = failedReadCondition((name) => headers.get(name), object);
	if (failed === undefined) return undefined;
	if (failed === "If-Match" || failed === "If-Unmodified-Since") throw preconditionFailed(failed);
	return {
		status: 304,
		headers: { etag: object.etag, "last-modified": object.lastModified.toUTCString() },
	};
}
