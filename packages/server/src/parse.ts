import type {
	AbortRequest,
	Checksum,
	ChecksumAlgorithm,
	CompleteRequest,
	CreateRequest,
	ListRequest,
	PartsRequest,
	PlanKind,
	ProblemDetail,
	SentPart,
	SignRequest,
} from "#protocol";
import { UploadError } from "./errors.js";

/** Bytes of each digest. */
const digestLengths: Readonly<Record<ChecksumAlgorithm, number>> = {
	crc32: 4,
	crc32c: 4,
	crc64nvme: 8,
	md5: 16,
	sha256: 32,
};

/** The most parts that any storage takes (Azure's blocks). */
const mostParts = 50_000;

type Fields = Readonly<Record<string, unknown>>;

const invalid = (field: string, detail: string): UploadError => {
	const errors: readonly ProblemDetail[] = [{ field, detail }];
	return new UploadError("invalid-request", `${field}: ${detail}`, { errors });
};

/**
 * The members of a JSON object. A member called `__proto__` is refused wherever it stands: it could
 * change the meaning of the objects that it is copied into.
 */
export function parseJson(body: string | undefined): Fields {
	const noBody = body === undefined || body.trim() === "";
	if (noBody) throw new UploadError("invalid-request", "The body is empty; send a JSON object.");
	let value: unknown;
	try {
		value = JSON.parse(body, (name, member: unknown) => {
			if (name === "__proto__") throw invalid(name, "Is not a name for a member.");
			return member;
		});
	} catch (error) {
		if (error instanceof UploadError) throw error;
		throw new UploadError("invalid-request", "The body is not JSON.", { cause: error });
	}
	return objectOf(value, "body");
}

function objectOf(value: unknown, field: string): Fields {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
	throw invalid(field, "Must be a JSON object.");
}

function text(fields: Fields, name: string): string | undefined {
	const value = fields[name];
	if (value === undefined) return undefined;
	if (typeof value !== "string") throw invalid(name, "Must be a string.");
	return value;
}

function requiredText(fields: Fields, name: string): string {
	const value = text(fields, name);
	if (value === undefined) throw invalid(name, "Is required.");
	return value;
}

function list(fields: Fields, name: string, longest: number): readonly unknown[] | undefined {
	const value = fields[name];
	if (value === undefined) return undefined;
	if (!Array.isArray(value)) throw invalid(name, "Must be an array.");
	if (value.length > longest) throw invalid(name, `Must have at most ${longest} members.`);
	return value;
}

function integer(value: unknown, name: string, least: number): number {
	if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
		throw invalid(name, `Must be a whole number, at least ${least}.`);
	}
	return value;
}

/** The `after` of a list: storages refuse a marker that overflows their integers. */
function partNumberOf(value: unknown, name: string): number {
	const number = integer(value, name, 0);
	if (number > mostParts) throw invalid(name, `Must be at most ${mostParts}.`);
	return number;
}

/** Bytes, as a whole number from 0. */
function sizeOf(value: unknown): number {
	if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
		throw new UploadError("invalid-size", "size must be a whole number of bytes, 0 or more.", {
			errors: [{ field: "size", detail: "Must be a whole number of bytes, 0 or more." }],
		});
	}
	return value;
}

/** Null for an algorithm that this version does not know: newer clients may name more. */
function checksum(value: unknown, name: string): Checksum | null {
	const fields = objectOf(value, name);
	const algorithm = requiredText(fields, "algorithm");
	const digest = requiredText(fields, "value");
	if (!Object.hasOwn(digestLengths, algorithm)) return null;
	const known = algorithm as ChecksumAlgorithm;
	const bytes = Buffer.from(digest, "base64");
	if (bytes.length !== digestLengths[known] || bytes.toString("base64") !== digest) {
		throw invalid(name, `Is not a base64 ${algorithm} of ${digestLengths[known]} bytes.`);
	}
	return { algorithm: known, value: digest };
}

function kinds(fields: Fields): readonly PlanKind[] {
	const value = list(fields, "kinds", 16);
	const known = (value ?? ["single", "multipart"]).filter(
		(kind) => kind === "single" || kind === "multipart",
	);
	if (known.length === 0) throw invalid("kinds", 'Must name "single", "multipart" or both.');
	return known;
}

export function parseCreate(fields: Fields): CreateRequest {
	if (fields["v"] !== 1) throw invalid("v", "Must be 1, the version of this contract.");
	const { multipart, size } = fields;
	if (size === undefined) {
		throw new UploadError("invalid-size", "size is required: bytes, or null while it is unknown.", {
			errors: [{ field: "size", detail: "Is required: bytes, or null while unknown." }],
		});
	}
	if (multipart !== undefined && typeof multipart !== "boolean") {
		throw invalid("multipart", "Must be true or false.");
	}
	const contentType = text(fields, "contentType");
	const checksums = list(fields, "checksums", 16)
		?.map((value) => checksum(value, "checksums"))
		.filter((value) => value !== null);
	return {
		v: 1,
		key: requiredText(fields, "key"),
		size: size === null ? null : sizeOf(size),
		kinds: kinds(fields),
		...(contentType === undefined ? {} : { contentType }),
		...(multipart === undefined ? {} : { multipart }),
		...(fields["metadata"] === undefined ? {} : { metadata: fields["metadata"] }),
		...(checksums === undefined ? {} : { checksums }),
	};
}

/** From the query of the plain contract: every value is text. */
export function parseSign(query: ReadonlyMap<string, string>): SignRequest {
	const key = query.get("key");
	const contentType = query.get("contentType");
	const size = query.get("size");
	if (key === undefined) {
		throw new UploadError("invalid-request", "key is required: call this address with ?key=...", {
			errors: [{ field: "key", detail: "Is required." }],
		});
	}
	return {
		key,
		...(contentType === undefined ? {} : { contentType }),
		...(size === undefined ? {} : { size: sizeOf(/^\d{1,16}$/.test(size) ? Number(size) : size) }),
	};
}

export function parseParts(fields: Fields): PartsRequest {
	const lastSize = fields["lastSize"];
	const request = {
		token: requiredText(fields, "token"),
		first: integer(fields["first"], "first", 1),
		count: integer(fields["count"], "count", 1),
	};
	if (lastSize === undefined) return request;
	if (request.count !== 1) throw invalid("lastSize", "Goes with count 1.");
	return { ...request, lastSize: integer(lastSize, "lastSize", 1) };
}

export function parseList(fields: Fields): ListRequest {
	const after = fields["after"];
	return {
		token: requiredText(fields, "token"),
		...(after === undefined ? {} : { after: partNumberOf(after, "after") }),
	};
}

function sentPart(value: unknown): SentPart {
	const fields = objectOf(value, "parts");
	const receipt = text(fields, "receipt");
	const digest =
		fields["checksum"] === undefined ? null : checksum(fields["checksum"], "parts.checksum");
	return {
		partNumber: integer(fields["partNumber"], "parts.partNumber", 1),
		...(receipt === undefined ? {} : { receipt }),
		...(digest === null ? {} : { checksum: digest }),
	};
}

export function parseComplete(fields: Fields): CompleteRequest {
	const parts = list(fields, "parts", mostParts)?.map(sentPart);
	const digest = fields["checksum"] === undefined ? null : checksum(fields["checksum"], "checksum");
	return {
		token: requiredText(fields, "token"),
		...(fields["size"] === undefined ? {} : { size: sizeOf(fields["size"]) }),
		...(parts === undefined ? {} : { parts }),
		...(digest === null ? {} : { checksum: digest }),
	};
}

export function parseAbort(fields: Fields): AbortRequest {
	return { token: requiredText(fields, "token") };
}
