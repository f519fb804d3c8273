import type { ProblemValues } from "#protocol";
import { UploadError } from "../errors.js";
import type { Principal } from "./rule.js";

/** Characters of the longest key that is looked at. */
const maxRawLength = 8192;

// normalising a run of combining marks takes quadratic time; no script needs 30 (UAX 15, section 13)
const maxCombining = 30;
const combiningRun = /\p{M}{31}/u;

// embeddings, overrides and isolates: the key would look like another
const bidiControl = /[\u202a-\u202e\u2066-\u2069]/;

/** The first segment of the keys that Skyput itself stores. */
export const reservedSegment = ".skyput";

/** S3's limit of an object key, in UTF-8 bytes; the other storages allow as much. */
const maxKeyBytes = 1024;

// no list in XML can hold them: most programs then read nothing of it
const notInXml = /[\ufffe\uffff]/;

// C0, DEL and C1: invisible, and some storages or tools truncate or refuse them
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

const refuse = (why: string, values?: ProblemValues): UploadError =>
	new UploadError("invalid-key", `The key ${why}.`, { values });

const tooLong = (): UploadError =>
	refuse(`is longer than ${maxKeyBytes} bytes in UTF-8`, { limit: maxKeyBytes });

/**
 * The key as it will be stored: NFC, 1..1024 UTF-8 bytes, no control or bidirectional control character, none that
 * XML cannot hold, no backslash, no first segment `.skyput`, and no empty, `.` or `..` segment, which URL parsers of browsers
 * rewrite.
 *
 * @throws UploadError `invalid-key` that names the problem.
 */
export function normalizeKey(key: unknown): string {
	if (typeof key !== "string") throw refuse("must be a string");
	if (key === "") throw refuse("is empty");
	if (key.length > maxRawLength) throw tooLong();
	if (!key.isWellFormed()) throw refuse("is not well-formed Unicode (it has a lone surrogate)");
	if (combiningRun.test(key)) {
		throw refuse(`has more than ${maxCombining} combining characters in a row`, {
			limit: maxCombining,
		});
	}
	const normal = key.normalize("NFC");
	if (Buffer.byteLength(normal) > maxKeyBytes) throw tooLong();
	if (controlCharacter.test(normal)) throw refuse("has a control character");
	if (notInXml.test(normal)) throw refuse("has U+FFFE or U+FFFF, which are no characters");
	if (bidiControl.test(normal)) throw refuse("has a bidirectional control character");
	if (normal === reservedSegment || normal.startsWith(`${reservedSegment}/`)) {
		throw refuse(`begins with "${reservedSegment}", which is reserved`, {
			segment: reservedSegment,
		});
	}
	if (normal.includes("\\")) throw refuse("has a backslash");
	for (const segment of normal.split("/")) {
		if (segment === "")
			throw refuse("has an empty segment (a slash at its start or end, or two in a row)");
		if (segment === "." || segment === "..") {
			throw refuse(`has the segment "${segment}"`, { segment });
		}
	}
	return normal;
}

/**
 * Identifies a caller by one percent-encoded segment of issuer and subject: two issuers may give the same
 * subject to different people. Empty for no caller. `.` and `..` are encoded too, because no key may have them.
 */
export function principalSegment(principal: Principal | null): string {
	if (!principal) return "";
	const { iss, sub } = principal;
	// a plus sign begins no other: it is percent-encoded
	const encode = (text: string): string =>
		text.isWellFormed() ? encodeURIComponent(text) : `+${encodeURIComponent(JSON.stringify(text))}`;
	// a colon is percent-encoded in both, so it separates them
	const encoded = iss === undefined ? encode(sub) : `${encode(iss)}:${encode(sub)}`;
	return /^\.{1,2}$/.test(encoded) ? encoded.replaceAll(".", "%2E") : encoded;
}
