import { createHash } from "node:crypto";
import { digest, pattern } from "../../src/conformance/material.js";
import { type Signing, textOf, type Wire, type WireResponse } from "./wire.js";

export type Headers = NonNullable<Signing["headers"]>;

/** A part of the minimum size. */
export const full: Buffer = Buffer.from(pattern(5 * 1024 * 1024));
/** A last part, which may be shorter. */
export const last: Buffer = Buffer.from(pattern(1000, 2));
export const md5 = (bytes: Buffer): Buffer => createHash("md5").update(bytes).digest();

/** A multipart upload in progress. */
export interface Begun {
	readonly key: string;
	readonly uploadId: string;
}

export async function begin(
	wire: Wire,
	headers: Signing["headers"] = {},
	key: string = wire.key(),
): Promise<Begun> {
	const answer = await wire.call("POST", { key, query: { uploads: "" }, headers });
	const uploadId = textOf(answer, "UploadId");
	if (uploadId === undefined) throw new Error(`The upload was not created: ${answer.outcome}`);
	return { key, uploadId };
}

export const part = (
	wire: Wire,
	{ key, uploadId, partNumber }: Begun & { readonly partNumber: number },
	bytes: Buffer,
	headers: Signing["headers"] = {},
): Promise<WireResponse> =>
	wire.send(
		wire.presign("PUT", { key, query: { partNumber: String(partNumber), uploadId }, headers }),
		bytes,
	);

export type Listed = readonly [partNumber: number, etag: string, checksums?: string];

const completion = (parts: readonly Listed[]): string => {
	const entries = parts.map(
		([partNumber, etag, checksums = ""]) =>
			`<Part><PartNumber>${partNumber}</PartNumber><ETag>${etag}</ETag>${checksums}</Part>`,
	);
	return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${entries.join("")}</CompleteMultipartUpload>`;
};

export const etagOf = (bytes: Buffer): string => `"${md5(bytes).toString("hex")}"`;

export const complete = (
	wire: Wire,
	{ key, uploadId }: Begun,
	parts: readonly Listed[] | string,
	headers: Signing["headers"] = {},
): Promise<WireResponse> =>
	wire.call(
		"POST",
		{ key, query: { uploadId }, headers },
		typeof parts === "string" ? parts : completion(parts),
	);

export const both: readonly Listed[] = [
	[1, etagOf(full)],
	[2, etagOf(last)],
];

/** Creates a multipart upload and sends both parts. */
export async function sent(wire: Wire, headers: Signing["headers"] = {}): Promise<Begun> {
	const begun = await begin(wire, headers);
	for (const [index, bytes] of [full, last].entries()) {
		const answer = await part(wire, { ...begun, partNumber: index + 1 }, bytes);
		if (answer.status !== 200) throw new Error(`The part was refused: ${answer.outcome}`);
	}
	return begun;
}

export const list = (wire: Wire, { key, uploadId }: Begun, query = {}): Promise<WireResponse> =>
	wire.call("GET", { key, query: { uploadId, ...query } });

export const whole: Buffer = Buffer.concat([full, last]);
export const fullObject = (algorithm: string): Signing["headers"] => ({
	"x-amz-checksum-algorithm": algorithm,
	"x-amz-checksum-type": "FULL_OBJECT",
});

/** A small object, such as the source of a copy. */
export const body: Buffer = Buffer.from("0123456789");
export const etag: string = etagOf(body);
export const crc32: string = digest("crc32", body).value;

/** The value of `x-amz-copy-source`. */
export const sourceOf = (wire: Wire, key: string): string => `${wire.target.bucket}/${key}`;

export const copy = (
	wire: Wire,
	source: string,
	key: string,
	headers: Headers = {},
): Promise<WireResponse> =>
	wire.call("PUT", {
		key,
		headers: { ...headers, "x-amz-copy-source": sourceOf(wire, source) },
	});

/** Stores the source of a copy. */
export async function stored(wire: Wire, headers: Headers = {}): Promise<string> {
	const key = wire.key();
	await wire.put(key, body, headers);
	return key;
}
