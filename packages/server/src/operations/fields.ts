import type { Checksum, ChecksumAlgorithm, ProblemValues } from "#protocol";
import { UploadError } from "../errors.js";

/** What a client sent, by name, not yet checked. */
export type Fields = Readonly<Record<string, unknown>>;

/** Bytes of each digest. */
const digestLengths: Readonly<Record<ChecksumAlgorithm, number>> = {
	crc32: 4,
	crc32c: 4,
	crc64nvme: 8,
	md5: 16,
	sha256: 32,
};

/** Whether this version knows the algorithm. */
export const isAlgorithm = (name: unknown): name is ChecksumAlgorithm =>
	typeof name === "string" && Object.hasOwn(digestLengths, name);

/**
 * An error that names the field.
 *
 * @param values - Numbers and names in the detail.
 */
export function invalidField(field: string, detail: string, values?: ProblemValues): UploadError {
	return new UploadError("invalid-request", `${field}: ${detail}`, {
		errors: [{ field, detail }],
		values: { name: field, ...values },
	});
}

type Defined<Members> = { readonly [Name in keyof Members]?: Exclude<Members[Name], undefined> };

/** The members that are not undefined: optional members of the wire are absent, never undefined. */
export function defined<Members extends object>(members: Members): Defined<Members> {
	const entries = Object.entries(members).filter(([, value]) => value !== undefined);
	return Object.fromEntries(entries) as Defined<Members>;
}

/** Bytes of the largest body: no call of the contract grows with the file. */
export const maxBodySize = 64_000;

/** The error of a longer body, also of one that was read only in part. */
export const bodyTooLarge = (): UploadError =>
	new UploadError("invalid-request", `The body has more than ${maxBodySize} bytes.`, {
		status: 413,
		values: { limit: maxBodySize },
	});

/**
 * The text of a body that other code has parsed.
 *
 * @throws UploadError `invalid-request` where it is nested too deeply to be written.
 */
export function writeJson(value: unknown): string {
	try {
		return JSON.stringify(value);
	} catch (cause) {
		throw new UploadError("invalid-request", "The parsed body has too many levels.", { cause });
	}
}

/**
 * Refuses everything but JSON: browsers send some other types cross-origin without a preflight.
 *
 * @param contentType - As sent; undefined where it is absent.
 * @throws UploadError `invalid-request` with status 415.
 */
export function requireJson(contentType: string | undefined): void {
	if (/^\s*application\/json\s*(;|$)/i.test(contentType ?? "")) return;
	const sent = contentType === undefined ? "no content type" : JSON.stringify(contentType);
	const message = `Send the body as application/json; this request has ${sent.slice(0, 80)}.`;
	throw new UploadError("invalid-request", message, {
		status: 415,
		values: {
			accepted: "application/json",
			...(contentType && { contentType: contentType.slice(0, 78) }),
		},
	});
}

/** Levels of the deepest body; metadata may be nested. */
const maxDepth = 32;
/** Members of the largest body, those of its members included. */
const maxMembers = 500;

/** Refuses JSON that costs more than its length: nested deeply, or of many members. */
function checkShape(body: string): void {
	let depth = 0;
	let members = 1;
	let inString = false;
	for (let index = 0; index < body.length; index++) {
		const character = body[index];
		if (inString && character === "\\") index++;
		else if (character === '"') inString = !inString;
		else if (inString) continue;
		else if (character === "[" || character === "{") depth++;
		else if (character === "]" || character === "}") depth--;
		else if (character === ",") members++;
		if (depth > maxDepth) {
			throw new UploadError("invalid-request", `The body has more than ${maxDepth} levels.`, {
				values: { limit: maxDepth },
			});
		}
		if (members > maxMembers) {
			throw new UploadError("invalid-request", `The body has more than ${maxMembers} members.`, {
				values: { limit: maxMembers },
			});
		}
	}
}

/** Whether some member at any depth is called `__proto__`. */
function hasProto(value: unknown): boolean {
	if (typeof value !== "object" || value === null) return false;
	return Object.hasOwn(value, "__proto__") || Object.values(value).some(hasProto);
}

/**
 * The members of a JSON object. A member called `__proto__` is refused at any depth: copied into
 * another object it would change that one's prototype.
 *
 * @throws UploadError `invalid-request`, also for more than 32 levels or 500 members; with status 413 for
 * more than {@link maxBodySize} bytes.
 */
export function readJson(body: string | undefined): Fields {
	// the length first: trimming and counting take time by length
	if (body && (body.length > maxBodySize || Buffer.byteLength(body) > maxBodySize)) {
		throw bodyTooLarge();
	}
	if (!body?.trim()) {
		throw new UploadError("invalid-request", "The body is empty; send a JSON object.");
	}
	checkShape(body);
	let value: unknown;
	try {
		value = JSON.parse(body);
	} catch {
		// without its cause, which quotes the body
		throw new UploadError("invalid-request", "The body is not JSON.");
	}
	// the name may be spelt with escapes
	if (/__proto__|\\u/.test(body) && hasProto(value)) {
		throw invalidField("__proto__", "Is not a name for a member.");
	}
	return objectField(value, "body");
}

/** Parameters of the longest query; gateways and proxies may add some. */
const maxParameters = 100;

/**
 * The values of a query. A name given twice is refused, because gateways disagree on which one counts.
 *
 * @param query - As sent, without `?`.
 * @throws UploadError `invalid-request`, also for more than 100 parameters.
 */
export function readQuery(query: string): Fields {
	const values = new Map<string, string>();
	const pairs = query.split("&", maxParameters + 1);
	if (pairs.length > maxParameters) {
		throw new UploadError(
			"invalid-request",
			`The query has more than ${maxParameters} parameters.`,
			{ values: { limit: maxParameters } },
		);
	}
	for (const pair of pairs.filter(Boolean)) {
		const equals = pair.includes("=") ? pair.indexOf("=") : pair.length;
		const name = decode(pair.slice(0, equals));
		if (values.has(name)) {
			const shown = name.slice(0, 80);
			const message = `The query has ${JSON.stringify(shown)} twice.`;
			throw new UploadError("invalid-request", message, { values: { name: shown } });
		}
		values.set(name, decode(pair.slice(equals + 1)));
	}
	return Object.fromEntries(values);
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text.replaceAll("+", " "));
	} catch (cause) {
		throw new UploadError("invalid-request", "The query is not percent-encoded UTF-8.", { cause });
	}
}

/** A JSON object. */
function objectField(value: unknown, name: string): Fields {
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
	throw invalidField(name, "Must be a JSON object.");
}

/** The highest part number of any storage (blocks of Azure). */
export const maxPartNumber = 50_000;

/** A string, or undefined where there is none. */
export function textField(fields: Fields, name: string): string | undefined {
	const value = fields[name];
	if (value === undefined || typeof value === "string") return value;
	throw invalidField(name, "Must be a string.");
}

/** A string that must be there. */
export function requiredText(fields: Fields, name: string): string {
	const value = textField(fields, name);
	if (value === undefined) throw invalidField(name, "Is required.");
	return value;
}

/** An array of at most `longest` members, or undefined where there is none. */
export function listField(
	fields: Fields,
	name: string,
	longest: number,
): readonly unknown[] | undefined {
	const value = fields[name];
	if (value === undefined) return undefined;
	if (!Array.isArray(value)) throw invalidField(name, "Must be an array.");
	if (value.length > longest)
		throw invalidField(name, `Must have at most ${longest} members.`, { limit: longest });
	return value;
}

/** A whole number of at least `least`. */
export function integerField(value: unknown, name: string, least: number): number {
	if (typeof value === "number" && Number.isSafeInteger(value) && value >= least) return value;
	throw invalidField(name, `Must be a whole number, at least ${least}.`, { limit: least });
}

/** A number of bytes, from 0. */
export function sizeField(value: unknown): number {
	if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
	const detail = "Must be a whole number of bytes, 0 or more.";
	throw new UploadError("invalid-size", `size: ${detail}`, {
		errors: [{ field: "size", detail }],
		values: { name: "size" },
	});
}

/** A digest; undefined for an algorithm that this version does not know. */
export function checksumField(value: unknown, name: string): Checksum | undefined {
	if (value === undefined) return undefined;
	const fields = objectField(value, name);
	const algorithm = requiredText(fields, "algorithm");
	const digest = requiredText(fields, "value");
	if (!isAlgorithm(algorithm)) return undefined;
	const bytes = Buffer.from(digest, "base64");
	if (bytes.length !== digestLengths[algorithm] || bytes.toString("base64") !== digest) {
		throw invalidField(name, `Is not a base64 ${algorithm} of ${digestLengths[algorithm]} bytes.`, {
			algorithm,
			length: digestLengths[algorithm],
		});
	}
	return { algorithm, value: digest };
}
