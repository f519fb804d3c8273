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
	const kept: Partial<Members> = {};
	for (const name of Object.keys(members) as (keyof Members)[]) {
		if (members[name] !== undefined) kept[name] = members[name];
	}
	return kept as Defined<Members>;
}

/** A JSON object. */
export function objectField(value: unknown, name: string): Fields {
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
