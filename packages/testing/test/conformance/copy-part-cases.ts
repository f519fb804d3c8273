import { digest } from "../../src/conformance/material.js";
import { textOf, type Wire, type WireCase } from "./wire.js";
import {
	begin,
	body,
	complete,
	crc32,
	etag,
	etagOf,
	full,
	type Headers,
	last,
	md5,
	part,
	sourceOf,
	stored,
} from "./wire-uploads.js";

// Recorded on AWS by LocalStack in 2026-02, in tests/aws/services/s3/test_s3.py and test_s3_api.py: the
// test of each case is named above it.

/** Copies `range` of a stored object into part 1 of an upload. */
async function copyPart(wire: Wire, range: string | undefined, created: Headers = {}) {
	const source = sourceOf(wire, await stored(wire));
	const begun = await begin(wire, created);
	const { key, uploadId } = begun;
	const answer = await wire.call("PUT", {
		key,
		query: { partNumber: "1", uploadId },
		headers: {
			"x-amz-copy-source": source,
			...(range === undefined ? {} : { "x-amz-copy-source-range": range }),
		},
	});
	return { answer, begun };
}

/** Cases about UploadPartCopy. */
export const copyPartCases: readonly WireCase[] = [
	...(
		[
			["a whole object", undefined, body],
			["the range 0-8", "bytes=0-8", body.subarray(0, 9)],
			["the range 1-1", "bytes=1-1", body.subarray(1, 2)],
		] as const
	).map(
		([what, range, expected]): WireCase => ({
			// test_upload_part_copy_range, test_upload_part_copy_no_copy_source_range
			name: `${what} is copied into a part`,
			refuses: false,
			expected: `200 ${md5(expected).toString("hex")}, 200 ${expected}`,
			async run(wire) {
				const { answer, begun } = await copyPart(wire, range);
				const copied = textOf(answer, "ETag")?.replaceAll("&quot;", "") ?? "";
				const done = await complete(wire, begun, [[1, copied]]);
				const get = await wire.call("GET", { key: begun.key });
				return `${answer.outcome} ${copied}, ${done.outcome} ${get.body}`;
			},
		}),
	),
	...["0-8", "bytes=1-0", "bytes=0-1,3-4", "bytes=1-", "bytes=-2", "bytes=0-100"].map(
		(range): WireCase => ({
			// test_upload_part_copy_range
			name: `the copy range ${range} of ten bytes is refused`,
			refuses: true,
			expected: "400 InvalidArgument",
			run: async (wire) => (await copyPart(wire, range)).answer.outcome,
		}),
	),
	{
		// test_upload_part_copy_range
		name: "a copy range behind the end is refused",
		refuses: true,
		expected: "400 InvalidRequest",
		run: async (wire) => (await copyPart(wire, "bytes=100-200")).answer.outcome,
	},
	{
		// test_multipart_upload_part_copy_checksum
		name: "a copied part gets the checksum of its upload, which the attributes tell without a suffix",
		refuses: false,
		expected: `200 ${digest("crc32c", body).value}, COMPOSITE 1 ${digest("crc32c", body).value}, same`,
		async run(wire) {
			const created = { "x-amz-checksum-algorithm": "CRC32C", "x-amz-checksum-type": "COMPOSITE" };
			const { answer, begun } = await copyPart(wire, undefined, created);
			const checksum = textOf(answer, "ChecksumCRC32C");
			const entry = `<ChecksumCRC32C>${checksum}</ChecksumCRC32C>`;
			const done = await complete(wire, begun, [[1, etag, entry]]);
			const headers = { "x-amz-object-attributes": "Checksum,ObjectParts" };
			const attributes = await wire.call("GET", {
				key: begun.key,
				query: { attributes: "" },
				headers,
			});
			const parts = attributes.body.toString().split("<ObjectParts>")[1] ?? "";
			const ofPart = textOf({ body: Buffer.from(parts) }, "ChecksumCRC32C");
			const whole = textOf(attributes, "ChecksumCRC32C");
			const same = textOf(done, "ChecksumCRC32C") === `${whole}-1`;
			return `${answer.outcome} ${checksum}, ${textOf(attributes, "ChecksumType")} ${textOf(attributes, "PartsCount")} ${ofPart}, ${same ? "same" : "other"}`;
		},
	},
];

/** What GetObjectAttributes tells. */
async function attributesOf(wire: Wire, key: string, names: string): Promise<string> {
	const headers = { "x-amz-object-attributes": names };
	const answer = await wire.call("GET", { key, query: { attributes: "" }, headers });
	const texts = ["ETag", "ChecksumCRC32", "ChecksumType", "PartsCount", "Part"].map((name) =>
		textOf(answer, name),
	);
	const objectTexts = ["StorageClass", "ObjectSize"].map((name) => textOf(answer, name));
	return [answer.outcome, ...texts, ...objectTexts].map((text) => text ?? "none").join(" ");
}

/** Cases about GetObjectAttributes. */
export const attributeCases: readonly WireCase[] = [
	...[
		"ETag,Checksum,ObjectParts,StorageClass,ObjectSize",
		"ObjectSize, Checksum, ETag,StorageClass",
	].map(
		(names): WireCase => ({
			// test_get_object_attributes, test_get_object_attributes_with_space
			name: `the attributes ${names} of an object are told`,
			refuses: false,
			expected: `200 ${md5(body).toString("hex")} ${crc32} FULL_OBJECT none none STANDARD 10`,
			run: async (wire) =>
				attributesOf(wire, await stored(wire, { "x-amz-checksum-crc32": crc32 }), names),
		}),
	),
	{
		// test_get_object_attributes: the parts are counted, not listed
		name: "the attributes of an object of parts without checksums count them",
		refuses: false,
		expected: `200 ${md5(Buffer.concat([md5(full), md5(last)])).toString("hex")}-2 none none 2 none none none`,
		async run(wire) {
			const begun = await begin(wire);
			await part(wire, { ...begun, partNumber: 1 }, full);
			await part(wire, { ...begun, partNumber: 2 }, last);
			await complete(wire, begun, [
				[1, etagOf(full)],
				[2, etagOf(last)],
			]);
			return await attributesOf(wire, begun.key, "ETag,ObjectParts");
		},
	},
	{
		// test_get_object_attributes_versioned
		name: "the attributes of a missing object are refused",
		refuses: true,
		expected: "404 NoSuchKey",
		async run(wire) {
			const headers = { "x-amz-object-attributes": "ETag" };
			const request = { key: wire.key(), query: { attributes: "" }, headers };
			return (await wire.call("GET", request)).outcome;
		},
	},
];
