/** The operations that faults apply to: those of S3 by their API names, those of an upload handler by their paths. */
export type ProxiedOperation =
	| "PutObject"
	| "UploadPart"
	| "CreateMultipartUpload"
	| "ListParts"
	| "CompleteMultipartUpload"
	| "AbortMultipartUpload"
	| "HeadObject"
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

/** Names the operation of a request by its method and URL alone, for a storage server or an upload handler. */
export function readFacts(method: string, url: string): RequestFacts {
	const [path = "", search] = url.split("?", 2);
	const query = new URLSearchParams(search);
	const operation = operationOf(method, path, query);
	return {
		method,
		path,
		operation,
		...(operation === "UploadPart" ? { partNumber: Number(query.get("partNumber")) } : {}),
	};
}

function operationOf(method: string, path: string, query: URLSearchParams): ProxiedOperation {
	const hasUploadId = query.has("uploadId");
	switch (method) {
		case "PUT":
			return hasUploadId ? "UploadPart" : "PutObject";
		case "HEAD":
			return "HeadObject";
		case "DELETE":
			return hasUploadId ? "AbortMultipartUpload" : "other";
		case "GET":
			if (hasUploadId) return "ListParts";
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
