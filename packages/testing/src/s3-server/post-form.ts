import { byteReader } from "./byte-reader.js";
import { S3Error } from "./s3-error.js";

/** A form upload: the fields before the file, and the unread bytes of the file. */
export interface PostForm {
	/** By lower-case name. */
	readonly fields: ReadonlyMap<string, string>;
	readonly fileName: string;
	readonly file: AsyncIterable<Buffer>;
}

/** Maximum bytes of all fields before the file. */
const maxFields = 20_000;

const malformed = (): S3Error =>
	new S3Error(
		"MalformedPOSTRequest",
		"The body of your POST request is not well-formed multipart/form-data.",
	);

const parameter = (header: string, name: string): string | undefined =>
	new RegExp(`;\\s*${name}="([^"]*)"`, "i").exec(header)?.[1];

/** Parses `multipart/form-data` up to the field `file`; S3 ignores the fields after it. */
export async function readPostForm(
	contentType: string,
	body: AsyncIterable<Buffer>,
): Promise<PostForm> {
	const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
	const boundary = quoted ?? bare;
	if (!/^multipart\/form-data\b/i.test(contentType) || boundary === undefined) throw malformed();
	const reader = byteReader(body);
	const delimiter = Buffer.from(`\r\n--${boundary}`);
	const line = Buffer.from("\r\n");
	const fields = new Map<string, string>();
	let size = 0;
	// the first delimiter is not preceded by a line break
	if ((await reader.until(delimiter.subarray(2), maxFields)) === undefined) throw malformed();
	for (;;) {
		if ((await reader.until(line, 2))?.length !== 0) {
			throw new S3Error("InvalidArgument", "POST requires exactly one file upload per request.", {
				ArgumentName: "file",
				ArgumentValue: "0",
			});
		}
		const headers: string[] = [];
		for (;;) {
			const header = await reader.until(line, maxFields);
			if (header === undefined) throw malformed();
			if (header.length === 0) break;
			headers.push(header.toString("utf8"));
		}
		const disposition = headers.find((header) => /^content-disposition:/i.test(header)) ?? "";
		const name = parameter(disposition, "name")?.toLowerCase();
		if (name === undefined) throw malformed();
		if (name === "file") {
			const fileName = parameter(disposition, "filename") ?? "";
			return { fields, fileName, file: wholeFile(reader.piecesUntil(delimiter)) };
		}
		const value = await reader.until(delimiter, maxFields);
		size += name.length + (value?.length ?? maxFields);
		if (value === undefined || size > maxFields) {
			throw new S3Error(
				"MaxPostPreDataLengthExceeded",
				"Your POST request fields preceding the upload file were too large.",
				{ MaxPostPreDataLengthBytes: maxFields },
			);
		}
		fields.set(name, value.toString("utf8"));
	}
}

/** The bytes of the file; throws when the body ends before the delimiter. */
async function* wholeFile(pieces: AsyncGenerator<Buffer, boolean>): AsyncGenerator<Buffer> {
	const ended = yield* pieces;
	if (!ended) throw malformed();
}
