import type { StoredObject } from "./buckets.js";
import { requireObject } from "./get-object.js";
import { pageSize } from "./list-objects.js";
import { checksumLeaf } from "./object-checksum.js";
import { documentReply, type ObjectCall, type S3Reply } from "./operation.js";
import { invalidArgument, S3Error } from "./s3-error.js";
import type { S3Request } from "./s3-request.js";
import { leaf, tree, type Xml, xmlDocument } from "./xml-writer.js";

function markerOf({ headers }: S3Request): number {
	const name = "x-amz-part-number-marker";
	const text = headers.get(name) ?? "0";
	if (/^\d{1,9}$/.test(text)) return Number(text);
	throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
}

/** AWS lists the parts only where each has a checksum of its own. */
function objectParts({ parts = [], checksum }: StoredObject, request: S3Request): readonly Xml[] {
	if (parts.length === 0) return [];
	const count = leaf("PartsCount", parts.length);
	if (checksum.type === "FULL_OBJECT") return [tree("ObjectParts", [count])];
	const limit = pageSize(request.headers, "x-amz-max-parts");
	const marker = markerOf(request);
	const left = parts.filter(({ partNumber }) => partNumber > marker);
	const page = left.slice(0, limit);
	return [
		tree("ObjectParts", [
			count,
			leaf("PartNumberMarker", marker),
			leaf("NextPartNumberMarker", page.at(-1)?.partNumber ?? 0),
			leaf("MaxParts", limit),
			leaf("IsTruncated", page.length < left.length),
			...page.map((part) =>
				tree("Part", [
					leaf("PartNumber", part.partNumber),
					leaf("Size", part.size),
					checksumLeaf(checksum.name, part.checksum),
				]),
			),
		]),
	];
}

const writers: Readonly<
	Record<string, (object: StoredObject, request: S3Request) => readonly Xml[]>
> = {
	ETag: ({ etag }) => [leaf("ETag", etag.replaceAll('"', ""))],
	Checksum: ({ checksum }) => [
		tree("Checksum", [
			// without the number of parts that a composite one ends in elsewhere
			checksumLeaf(checksum.name, checksum.value.replace(/-\d+$/, "")),
			leaf("ChecksumType", checksum.type),
		]),
	],
	ObjectParts: objectParts,
	StorageClass: ({ attributes }) => [
		leaf("StorageClass", attributes.get("x-amz-storage-class") ?? "STANDARD"),
	],
	ObjectSize: ({ bytes }) => [leaf("ObjectSize", bytes.size)],
};

/** GetObjectAttributes. */
export async function getObjectAttributes(call: ObjectCall): Promise<S3Reply> {
	const { request } = call;
	const names = (request.headers.get("x-amz-object-attributes") ?? "")
		.split(",")
		.map((name) => name.trim())
		.filter((name) => name !== "");
	if (names.length === 0) {
		throw new S3Error(
			"InvalidRequest",
			"The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty",
		);
	}
	const unknown = names.find((name) => !Object.hasOwn(writers, name));
	if (unknown !== undefined) {
		throw invalidArgument("Invalid attribute name specified.", "x-amz-object-attributes", unknown);
	}
	const object = requireObject(call);
	const document = Object.entries(writers).flatMap(([name, write]) =>
		names.includes(name) ? write(object, request) : [],
	);
	return documentReply(xmlDocument("GetObjectAttributesResponse", document), {
		"last-modified": object.lastModified.toUTCString(),
	});
}
