/**
 * The operations that faults apply to: those of a storage by S3's names for them, also where Google's or Azure's
 * are meant; those of an upload handler by their paths.
 */
export type ProxiedOperation =
	| "PutObject"
	| "UploadPart"
	| "CreateMultipartUpload"
	| "ListParts"
	| "CompleteMultipartUpload"
	| "AbortMultipartUpload"
	| "HeadObject"
	| "CopyObject"
	| "sign"
	| "create"
	| "parts"
	| "list"
	| "complete"
	| "abort"
	| "other";

/** What rules match on. Holds no query: a signature in it is a secret. */
export interface RequestFacts {
	readonly method: string;
	/** As sent, without the query. */
	readonly path: string;
	readonly operation: ProxiedOperation;
	/** Of an `UploadPart`. */
	readonly partNumber?: number | undefined;
}

/**
 * Names the operation of a request, for a storage server or an upload handler.
 *
 * @param url - path and query
 * @param headers - lower-case names
 */
export function readFacts(
	method: string,
	url: string,
	headers: Readonly<Record<string, unknown>>,
): RequestFacts {
	const [path = "", search] = url.split("?", 2);
	const query = new URLSearchParams(search);
	const isCopy = method === "PUT" && Object.keys(headers).some((name) => copySource.test(name));
	const operation = isCopy ? "CopyObject" : operationOf(method, path, query);
	const block = query.get("blockid");
	return {
		method,
		path,
		operation,
		...(operation === "UploadPart" && {
			partNumber: Number(block === null ? query.get("partNumber") : Buffer.from(block, "base64")),
		}),
	};
}

const copySource = /^x-(amz|goog|ms)-copy-source$/;

function operationOf(method: string, path: string, query: URLSearchParams): ProxiedOperation {
	const hasUploadId = query.has("uploadId");
	// of Azure: block or blocklist
	const component = query.get("comp");
	switch (method) {
		case "PUT":
			if (component === "blocklist") return "CompleteMultipartUpload";
			return hasUploadId || component === "block" ? "UploadPart" : "PutObject";
		case "HEAD":
			return "HeadObject";
		case "DELETE":
			return hasUploadId ? "AbortMultipartUpload" : "other";
		case "GET":
			if (hasUploadId || component === "blocklist") return "ListParts";
			return query.has("key") ? "sign" : "other";
		case "POST":
			if (hasUploadId) return "CompleteMultipartUpload";
			return query.has("uploads") ? "CreateMultipartUpload" : handlerOperation(path);
		default:
			return "other";
	}
}

function handlerOperation(path: string): ProxiedOperation {
	const last = path.slice(path.lastIndexOf("/") + 1);
	return last === "parts" || last === "list" || last === "complete" || last === "abort"
		? last
		: "create";
}
