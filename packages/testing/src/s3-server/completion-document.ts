import { type ChecksumName, checksumNames } from "./declared-checksums.js";
import { childrenNamed, childText, malformedXml, readXml } from "./xml-reader.js";

/** A part as listed in a CompleteMultipartUpload request. */
export interface ListedPart {
	readonly partNumber: number;
	/** Without quotes; clients send it with or without. */
	readonly etag: string;
	readonly checksums: readonly { readonly name: ChecksumName; readonly value: string }[];
}

const maxParts = 10_000;

/** Parses the list of parts. Throws `MalformedXML` when it is empty or too long, or a part lacks a member. */
export function parseCompletion(document: string): readonly ListedPart[] {
	const root = readXml(document);
	const parts = childrenNamed(root, "Part").map((part): ListedPart => {
		const number = childText(part, "PartNumber") ?? "";
		const etag = childText(part, "ETag");
		if (!/^\d{1,9}$/.test(number) || etag === undefined) throw malformedXml();
		const checksums = checksumNames.flatMap((name) => {
			const value = childText(part, `Checksum${name.toUpperCase()}`);
			return value === undefined ? [] : [{ name, value }];
		});
		return { partNumber: Number(number), etag: etag.replace(/^"|"$/g, ""), checksums };
	});
	if (root.name !== "CompleteMultipartUpload" || parts.length === 0 || parts.length > maxParts) {
		throw malformedXml();
	}
	return parts;
}
