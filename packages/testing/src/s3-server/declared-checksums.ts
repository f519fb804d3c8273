import type { DigestName } from "./digests.js";
import { S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";

/** The algorithms of `x-amz-checksum-*`. */
export type ChecksumName = Exclude<DigestName, "md5">;

const lengths: Readonly<Record<ChecksumName, number>> = {
	crc32: 4,
	crc32c: 4,
	crc64nvme: 8,
	sha1: 20,
	sha256: 32,
};

export const checksumNames: readonly ChecksumName[] = [
	"crc32",
	"crc32c",
	"crc64nvme",
	"sha1",
	"sha256",
];

/** The digests that a request declares for its body. */
export interface Declared {
	readonly md5?: Buffer;
	/** `value` is absent when it follows in the trailer. */
	readonly checksum?: { readonly name: ChecksumName; readonly value?: Buffer };
}

/** Decodes canonical base64 of exactly `length` bytes. */
function digestFrom(text: string, length: number): Buffer | undefined {
	const bytes = Buffer.from(text, "base64");
	return bytes.length === length && bytes.toString("base64") === text ? bytes : undefined;
}

const invalid = (message: string): S3Error => new S3Error("InvalidRequest", message);

/** The algorithm of a name such as `CRC32C` or `crc32c`. */
export function checksumNamed(text: string): ChecksumName | undefined {
	return checksumNames.find((name) => name === text.toLowerCase());
}

/** Parses the value of a checksum header. Throws `InvalidRequest` when it is invalid. */
export function parseChecksum(name: ChecksumName, text: string): Buffer {
	const value = digestFrom(text, lengths[name]);
	if (value === undefined) throw invalid(`Value for x-amz-checksum-${name} header is invalid.`);
	return value;
}

/** The checksum in the headers or announced for the trailer, at most one. AWS ignores one in the query. */
export function declaredChecksum({ headers }: Pick<S3Request, "headers">): Declared["checksum"] {
	const inHeaders = checksumNames.filter((name) => headers.has(`x-amz-checksum-${name}`));
	const inTrailer = checksumNames.filter((name) =>
		(headers.get("x-amz-trailer") ?? "")
			.split(",")
			.some((trailer) => trailer.trim().toLowerCase() === `x-amz-checksum-${name}`),
	);
	const [name, ...others] = [...inHeaders, ...inTrailer];
	if (others.length > 0) {
		throw invalid(
			"Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
		);
	}
	const asked = headers.get("x-amz-sdk-checksum-algorithm");
	if (asked !== undefined && name === undefined) {
		throw invalid(
			"x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
		);
	}
	if (name === undefined) return undefined;
	if (asked !== undefined && checksumNamed(asked) !== name) {
		throw invalid("Value for x-amz-sdk-checksum-algorithm header is invalid.");
	}
	const text = headers.get(`x-amz-checksum-${name}`);
	return text === undefined ? { name } : { name, value: parseChecksum(name, text) };
}

/** Parses all digests that a request declares. */
export function declaredDigests(request: Pick<S3Request, "headers">): Declared {
	const text = request.headers.get("content-md5");
	const md5 = text === undefined ? undefined : digestFrom(text, 16);
	if (text !== undefined && md5 === undefined) {
		throw new S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.", {
			"Content-MD5": text,
		});
	}
	const checksum = declaredChecksum(request);
	return { ...(md5 ? { md5 } : {}), ...(checksum ? { checksum } : {}) };
}

/**
 * Refuses a body without a digest, as buckets with Object Lock do.
 *
 * @param action as AWS names it; the checksum of a part must not follow in the trailer (clickhouse-backup
 * pull request 1363)
 */
export function requireDigest(declared: Declared, action: "Put Object" | "Put Part"): void {
	const { md5, checksum } = declared;
	if (md5 || (action === "Put Object" ? checksum : checksum?.value)) return;
	throw invalid(
		`Content-MD5 OR x-amz-checksum- HTTP header is required for ${action} requests with Object Lock parameters`,
	);
}

/**
 * Throws `BadDigest` when a declared digest differs from the computed one.
 *
 * @param encoding of the declared MD5 in the error: AWS writes hex for PutObject
 */
export function checkDigest(
	name: DigestName,
	declared: Buffer,
	computed: Buffer,
	encoding: "base64" | "hex" = "base64",
): void {
	if (declared.equals(computed)) return;
	throw name === "md5"
		? new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.", {
				ExpectedDigest: declared.toString(encoding),
				CalculatedDigest: computed.toString("base64"),
			})
		: new S3Error(
				"BadDigest",
				`The ${name.toUpperCase()} you specified did not match the calculated checksum.`,
			);
}
