/** The calls that a fault can be meant for: those of S3 by their names there, those of an upload handler by theirs. */
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

/** What rules and chance look at. It holds no query, because a signed one is a secret. */
export interface RequestFacts {
	readonly method: string;
	/** As sent, without the query. */
	readonly path: string;
	readonly operation: ProxiedOperation;
	/** Of an `UploadPart`. */
	readonly partNumber?: number;
}

/** Says what a request is from its method and target alone, so that one proxy can stand before either server. */
export function readFacts(method: string, target: string): RequestFacts {
	const [path = "", search] = target.split("?", 2);
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
	const ofUpload = query.has("uploadId");
	switch (method) {
		case "PUT":
			return ofUpload ? "UploadPart" : "PutObject";
		case "HEAD":
			return "HeadObject";
		case "DELETE":
			return ofUpload ? "AbortMultipartUpload" : "other";
		case "GET":
			if (ofUpload) return "ListParts";
			return query.has("key") ? "sign" : "other";
		case "POST":
			if (ofUpload) return "CompleteMultipartUpload";
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
