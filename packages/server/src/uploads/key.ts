import { UploadError } from "../errors.js";

/** S3's limit of an object key, in UTF-8 bytes; the other storages allow as much. */
const maxKeyBytes = 1024;

// C0, DEL and C1: invisible, and some storages or tools truncate or refuse them
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to find
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

const refuse = (why: string): UploadError => new UploadError("invalid-key", `The key ${why}.`);

/**
 * The key as it will be stored: NFC, 1..1024 UTF-8 bytes, no control character, no backslash, and no
 * empty, `.` or `..` segment, which URL parsers of browsers rewrite.
 *
 * @throws UploadError `invalid-key` that names the problem.
 */
export function normalizeKey(key: unknown): string {
	if (typeof key !== "string") throw refuse("must be a string");
	if (key === "") throw refuse("is empty");
	if (!key.isWellFormed()) throw refuse("is not well-formed Unicode (it has a lone surrogate)");
	const normal = key.normalize("NFC");
	if (Buffer.byteLength(normal) > maxKeyBytes) {
		throw refuse(`is longer than ${maxKeyBytes} bytes in UTF-8`);
	}
	if (controlCharacter.test(normal)) throw refuse("has a control character");
	if (normal.includes("\\")) throw refuse("has a backslash");
	for (const segment of normal.split("/")) {
		if (segment === "")
			throw refuse("has an empty segment (a slash at its start or end, or two in a row)");
		if (segment === "." || segment === "..") throw refuse(`has the segment "${segment}"`);
	}
	return normal;
}
