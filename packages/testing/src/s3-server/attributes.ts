import type { Tags } from "./buckets.js";
import { invalidArgument, notImplemented, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { childrenNamed, childText, malformedXml, readXml } from "./xml-reader.js";

/** Headers that are stored with an object unchanged. */
const stored = [
	"cache-control",
	"content-disposition",
	"content-encoding",
	"content-language",
	"content-type",
	"expires",
];

const maxMetadata = 2048;

/** A request, or the fields of a form upload in the shape of one. */
export interface AttributeSource extends Pick<S3Request, "headers" | "query"> {
	/** Whether the headers are the fields of a form. */
	readonly isForm?: true;
}

/** Text as the Latin-1 string whose bytes are its UTF-8. */
export const asHeaderBytes = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/**
 * Decodes an encoded word of RFC 2047 that stands for printable ASCII. AWS leaves all others, and those in
 * forms, as they are.
 */
function decodeWord(value: string): string {
	const [, encoding, text = ""] = /^=\?utf-8\?([bq])\?([^?]*)\?=$/i.exec(value) ?? [];
	if (encoding === undefined) return value;
	const hex = (_: string, code: string): string => String.fromCharCode(Number.parseInt(code, 16));
	const decoded =
		encoding.toLowerCase() === "b"
			? Buffer.from(text, "base64").toString("latin1")
			: text.replaceAll("_", " ").replace(/=([0-9a-f]{2})/gi, hex);
	return /^[ -~]*$/.test(decoded) ? decoded : value;
}

/** User metadata from headers, and from the query, where presigners hoist it. */
function metadataOf({ headers, query, isForm }: AttributeSource): ReadonlyMap<string, string> {
	const hoisted = query.pairs.map(
		([name, value]) => [name.toLowerCase(), asHeaderBytes(value)] as const,
	);
	const metadata = new Map(
		[...hoisted, ...headers]
			.filter(([name]) => name.startsWith("x-amz-meta-"))
			.map(([name, value]) => [name, isForm ? value : decodeWord(value)] as const),
	);
	let size = 0;
	for (const [name, value] of metadata) {
		// biome-ignore lint/suspicious/noControlCharactersInRegex: a query may contain what no header can
		if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
			throw invalidArgument("Metadata values must not hold control characters.", name, "");
		}
		size += name.length - "x-amz-meta-".length + value.length;
	}
	if (size > maxMetadata) {
		throw new S3Error(
			"MetadataTooLarge",
			"Your metadata headers exceed the maximum allowed metadata size",
			{ Size: size, MaxSizeAllowed: maxMetadata },
		);
	}
	return metadata;
}

const storageClasses = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING"];

const encryption = "x-amz-server-side-encryption";
const encryptionKey = `${encryption}-aws-kms-key-id`;

/** The encryption headers of a request, which every response for the object repeats. */
function encryptionOf({ headers }: AttributeSource): Readonly<Record<string, string>> {
	const method = headers.get(encryption);
	const key = headers.get(encryptionKey);
	if (method !== undefined && method !== "AES256" && method !== "aws:kms") {
		throw invalidArgument("The encryption method specified is not supported", encryption, method);
	}
	if (key !== undefined && method !== "aws:kms") {
		throw invalidArgument(
			`Server Side Encryption with AWS KMS managed key requires HTTP header ${encryption} : aws:kms`,
			encryption,
			method ?? "",
		);
	}
	return {
		...(method === undefined ? {} : { [encryption]: method }),
		...(key === undefined ? {} : { [encryptionKey]: key }),
	};
}

/** The encryption headers of a response. */
export function encryptionHeaders(
	attributes: ReadonlyMap<string, string>,
): Readonly<Record<string, string>> {
	const entries = [...attributes].filter(([name]) => name.startsWith(encryption));
	return Object.fromEntries(entries);
}

/** The attributes that an object takes from the request that creates it. */
export function attributesOf(request: AttributeSource): ReadonlyMap<string, string> {
	const { headers } = request;
	const acl = headers.get("x-amz-acl");
	// the default of new buckets: ACLs are disabled
	if (acl !== undefined && acl !== "bucket-owner-full-control") {
		throw new S3Error("AccessControlListNotSupported", "The bucket does not allow ACLs");
	}
	const storageClass = headers.get("x-amz-storage-class");
	if (storageClass !== undefined && !storageClasses.includes(storageClass)) {
		throw notImplemented("x-amz-storage-class");
	}
	const attributes = new Map(metadataOf(request));
	for (const name of stored) {
		const value = headers.get(name);
		if (value !== undefined) attributes.set(name, value);
	}
	// the body is stored without its aws-chunked framing
	const encoding = (headers.get("content-encoding") ?? "")
		.split(",")
		.map((coding) => coding.trim())
		.filter((coding) => coding !== "" && coding !== "aws-chunked");
	attributes.delete("content-encoding");
	if (encoding.length > 0) attributes.set("content-encoding", encoding.join(","));
	if (!attributes.has("content-type")) attributes.set("content-type", "binary/octet-stream");
	for (const [name, value] of Object.entries(encryptionOf(request))) attributes.set(name, value);
	if (storageClass !== undefined && storageClass !== "STANDARD") {
		attributes.set("x-amz-storage-class", storageClass);
	}
	return attributes;
}

const invalidTag = (message: string): S3Error => new S3Error("InvalidTag", message);

function checkTags(tags: Tags): Tags {
	if (tags.length > 10) {
		throw new S3Error("BadRequest", "Object tags cannot be greater than 10");
	}
	for (const [key, value] of tags) {
		if (key === "" || key.length > 128) {
			throw invalidTag("The TagKey you have provided is invalid");
		}
		if (value.length > 256) throw invalidTag("The TagValue you have provided is invalid");
	}
	if (new Set(tags.map(([key]) => key)).size < tags.length) {
		throw invalidTag("Cannot provide multiple Tags with the same key");
	}
	return tags;
}

/** Tags in query form, from the header or hoisted into the URL. */
export function tagsOf({ headers, query }: AttributeSource): Tags {
	const text = headers.get("x-amz-tagging") ?? query.get("x-amz-tagging") ?? "";
	const tags = [...new URLSearchParams(text)];
	const isWellFormed = text.split("&").every((pair) => pair.split("=").length <= 2);
	if (!isWellFormed || new Set(tags.map(([key]) => key)).size < tags.length) {
		throw invalidArgument(
			"The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
			"x-amz-tagging",
			text,
		);
	}
	return checkTags(tags);
}

/** The tags of a form, which AWS ignores in an element of another name. */
export function readFormTags(document: string | undefined): Tags {
	return document === undefined || readXml(document).name !== "Tagging" ? [] : readTags(document);
}

export function readTags(document: string): Tags {
	const root = readXml(document);
	const [set] = childrenNamed(root, "TagSet");
	if (root.name !== "Tagging" || set === undefined) throw malformedXml();
	return checkTags(
		childrenNamed(set, "Tag").map((tag) => {
			const key = childText(tag, "Key");
			const value = childText(tag, "Value");
			if (key === undefined || value === undefined) throw malformedXml();
			return [key, value] as const;
		}),
	);
}
