import { digest } from "../../src/conformance/material.js";
import { type Signing, textOf, type Wire, type WireCase } from "./wire.js";
import {
	begin,
	both,
	complete,
	etagOf,
	fullObject,
	last,
	md5,
	part,
	sent,
	whole,
} from "./wire-uploads.js";

// Recorded on AWS by LocalStack in 2026-02, in tests/aws/services/s3/test_s3.py: the test of each case is
// named above it.

const crc32 = { "x-amz-checksum-crc32": digest("crc32", last).value };

/** Completes an upload of one part, `last`, with checksums in the list of parts. */
async function completeOne(
	wire: Wire,
	created: Signing["headers"],
	checksums: string,
	headers: Signing["headers"] = {},
): Promise<string> {
	const begun = await begin(wire, created);
	await part(wire, { ...begun, partNumber: 1 }, last);
	return (await complete(wire, begun, [[1, etagOf(last), checksums]], headers)).outcome;
}

/** The checksum that HEAD returns for a key. */
async function headChecksum(wire: Wire, key: string): Promise<string> {
	const head = await wire.call("HEAD", { key, headers: { "x-amz-checksum-mode": "ENABLED" } });
	return `${head.headers["x-amz-checksum-crc64nvme"]} ${head.headers["x-amz-checksum-type"]}`;
}

/** Cases about checksums that an upload did not ask for, or asked for otherwise. */
export const checksumCases: readonly WireCase[] = [
	{
		// test_complete_multipart_parts_checksum_default
		name: "a part with any checksum is accepted where the upload began without an algorithm",
		refuses: false,
		expected: `200 ${digest("crc32", last).value}`,
		async run(wire) {
			const answer = await part(wire, { ...(await begin(wire)), partNumber: 1 }, last, crc32);
			return `${answer.outcome} ${answer.headers["x-amz-checksum-crc32"]}`;
		},
	},
	{
		// test_multipart_upload_part_checksum_exception
		name: "a part with a wrong checksum is refused where the upload began without an algorithm",
		refuses: true,
		expected: "400 BadDigest",
		run: async (wire) =>
			(
				await part(wire, { ...(await begin(wire)), partNumber: 1 }, last, {
					"x-amz-checksum-crc32": digest("crc32", whole).value,
				})
			).outcome,
	},
	{
		// test_complete_multipart_parts_checksum_default
		name: "a completion with part checksums is refused where the upload began without an algorithm",
		refuses: true,
		expected: "400 InvalidPart",
		run: (wire) =>
			completeOne(wire, {}, `<ChecksumCRC32>${digest("crc32", last).value}</ChecksumCRC32>`),
	},
	{
		// test_multipart_parts_checksum_exceptions_composite; with no checksum at all by the answer's wording
		name: "a part of a composite upload without a checksum is refused",
		refuses: true,
		expected: "400 InvalidRequest",
		async run(wire) {
			const begun = await begin(wire, { "x-amz-checksum-algorithm": "SHA256" });
			return (await part(wire, { ...begun, partNumber: 1 }, last)).outcome;
		},
	},
	{
		// test_multipart_parts_checksum_exceptions_composite
		name: "a part checksum of another algorithm is refused at completion",
		refuses: true,
		expected: "400 BadDigest",
		run: (wire) =>
			completeOne(
				wire,
				fullObject("CRC32"),
				`<ChecksumSHA256>${digest("sha256", last).value}</ChecksumSHA256>`,
			),
	},
	...(
		[
			["without its type", {}],
			[
				"of another algorithm",
				{ "x-amz-checksum-type": "FULL_OBJECT", "x-amz-checksum-crc32c": "AAAAAA==" },
			],
			["as a composite one", { "x-amz-checksum-crc32": `${crc32["x-amz-checksum-crc32"]}-1` }],
		] as const
	).map(
		([what, headers]): WireCase => ({
			// test_multipart_parts_checksum_exceptions_full_object
			name: `the checksum of the whole object ${what} is refused at completion`,
			refuses: true,
			expected: "400 BadDigest",
			run: (wire) =>
				completeOne(wire, fullObject("CRC32"), "", {
					...("x-amz-checksum-crc32c" in headers ? {} : crc32),
					...headers,
				}),
		}),
	),
	{
		// test_s3_checksum_no_automatic_sdk_calculation
		name: "an object stored without a checksum has a CRC64NVME",
		refuses: false,
		expected: `${digest("crc64nvme", last).value} FULL_OBJECT`,
		async run(wire) {
			const key = wire.key();
			await wire.put(key, last);
			return await headChecksum(wire, key);
		},
	},
	{
		// test_complete_multipart_parts_checksum_default
		name: "an object of parts without checksums has a CRC64NVME",
		refuses: false,
		expected: `${digest("crc64nvme", whole).value}, ${digest("crc64nvme", whole).value} FULL_OBJECT`,
		async run(wire) {
			const begun = await sent(wire);
			const done = await complete(wire, begun, both);
			return `${textOf(done, "ChecksumCRC64NVME")}, ${await headChecksum(wire, begun.key)}`;
		},
	},
	{
		// test_s3_invalid_content_md5
		name: "a wrong Content-MD5 is returned in hex for an object and in base64 for a part",
		refuses: true,
		expected: `${md5(whole).toString("hex")}, ${md5(whole).toString("base64")}`,
		async run(wire) {
			const headers = { "content-md5": md5(whole).toString("base64") };
			const put = await wire.send(wire.presign("PUT", { key: wire.key(), headers }), last);
			const answer = await part(wire, { ...(await begin(wire)), partNumber: 1 }, last, headers);
			return `${textOf(put, "ExpectedDigest")}, ${textOf(answer, "ExpectedDigest")}`;
		},
	},
	{
		// test_s3_api.py, test_get_object_range
		name: "a range of the whole object has its checksum, a shorter one has none",
		refuses: false,
		expected: `206 ${digest("crc32", last).value}, 206 undefined`,
		async run(wire) {
			const key = wire.key();
			await wire.put(key, last, crc32);
			const get = async (range: string): Promise<string> => {
				const headers = { range, "x-amz-checksum-mode": "ENABLED" };
				const answer = await wire.call("GET", { key, headers });
				return `${answer.status} ${answer.headers["x-amz-checksum-crc32"]}`;
			};
			return `${await get("bytes=0-")}, ${await get("bytes=0-9")}`;
		},
	},
];
