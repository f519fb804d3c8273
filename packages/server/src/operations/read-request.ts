import { UploadError } from "../errors.js";
import { type Fields, invalidField, objectField } from "./fields.js";

/** Bytes of the largest body: no call of the contract grows with the file. */
export const maxBodySize = 64_000;

/** The error of a longer body, also of one that was read only in part. */
export const bodyTooLarge = (): UploadError =>
	new UploadError("invalid-request", `The body has more than ${maxBodySize} bytes.`, {
		status: 413,
		values: { limit: maxBodySize },
	});

/**
 * The text of a body.
 *
 * @param encoding - Its Content-Encoding, where it has one.
 * @throws UploadError `invalid-request` where it is not UTF-8, or compressed; then with status 415.
 */
export function decodeBody(bytes: Uint8Array, encoding: string | null | undefined): string {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch (cause) {
		if (!encoding) throw new UploadError("invalid-request", "The body is not UTF-8.", { cause });
		const message = `The body is not UTF-8: its Content-Encoding is ${JSON.stringify(encoding).slice(0, 80)}. Send it uncompressed, or mount the handler behind what decompresses it.`;
		throw new UploadError("invalid-request", message, { cause, status: 415 });
	}
}

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

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBracket, closeBracket, openBrace, closeBrace] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Refuses JSON that costs more than its length: nested deeply, or of many members. */
function checkShape(body: string): void {
	let depth = 0;
	let members = 1;
	let inString = false;
	for (let index = 0; index < body.length; index++) {
		// codes: V8 allocates a string for each character that is not Latin
		const code = body.charCodeAt(index);
		if (inString && code === backslash) index++;
		else if (code === quote) inString = !inString;
		else if (inString) continue;
		else if (code === openBracket || code === openBrace) depth++;
		else if (code === closeBracket || code === closeBrace) depth--;
		else if (code === comma) members++;
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
		throw new UploadError(
			"invalid-request",
			"The body is empty; send a JSON object. If you did, a proxy or a service worker has dropped it.",
		);
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
