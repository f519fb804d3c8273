import { digest } from "../../src/conformance/material.js";
import { type Signing, textOf, type WireCase } from "./wire.js";
import {
	begin,
	both,
	complete,
	etagOf,
	full,
	fullObject,
	type Listed,
	last,
	md5,
	part,
	sent,
	whole,
} from "./wire-uploads.js";

/** A completion that is refused and stores no object. */
const refused = (
	name: string,
	expected: string,
	parts: readonly Listed[] | string,
	{ created, headers }: Partial<Record<"created" | "headers", Signing["headers"]>> = {},
): WireCase => ({
	name,
	refuses: true,
	expected: `${expected}, 404`,
	async run(wire) {
		const begun = await sent(wire, created);
		const { outcome } = await complete(wire, begun, parts, headers);
		return `${outcome}, ${(await wire.call("HEAD", { key: begun.key })).outcome}`;
	},
});

/** Cases about CompleteMultipartUpload. */
export const completionCases: readonly WireCase[] = [
	{
		name: "parts become one object, whose ETag is the MD5 of their MD5s",
		refuses: false,
		expected: `200 "${md5(Buffer.concat([md5(full), md5(last)])).toString("hex")}-2", ${whole.length}`,
		async run(wire) {
			const begun = await sent(wire);
			const done = await complete(wire, begun, both);
			const etag = textOf(done, "ETag")?.replaceAll("&quot;", '"');
			const head = await wire.call("HEAD", { key: begun.key });
			return `${done.outcome} ${etag}, ${head.headers["content-length"]}`;
		},
	},
	{
		name: "a range is read across the border of two parts",
		refuses: false,
		expected: "206, same bytes",
		async run(wire) {
			const begun = await sent(wire);
			await complete(wire, begun, both);
			const [from, to] = [full.length - 10, full.length + 10];
			const headers = { range: `bytes=${from}-${to - 1}` };
			const get = await wire.send(wire.presign("GET", { key: begun.key, headers }));
			return `${get.outcome}, ${get.body.equals(whole.subarray(from, to)) ? "same" : "other"} bytes`;
		},
	},
	{
		name: "ETags are taken with and without quotes",
		refuses: false,
		expected: "200",
		run: async (wire) =>
			(
				await complete(wire, await sent(wire), [
					[1, etagOf(full).replaceAll('"', "")],
					[2, etagOf(last).replaceAll('"', "&quot;")],
				])
			).outcome,
	},
	{
		// seen on AWS: adobe/S3Mock issue 2586, minio/minio issue 13318
		name: "a repeated completion gets the same response",
		refuses: false,
		expected: "200, same ETag",
		async run(wire) {
			const begun = await sent(wire);
			const first = await complete(wire, begun, both);
			const second = await complete(wire, begun, both);
			const same = textOf(first, "ETag") === textOf(second, "ETag");
			return `${second.outcome}, ${same ? "same" : "other"} ETag`;
		},
	},
	// recorded on AWS by LocalStack: test_s3.py, test_multipart_complete_multipart_wrong_part, 2026-02-21
	refused("a completion with another ETag is refused", "400 InvalidPart", [
		[1, etagOf(full)],
		[2, `"${"0".repeat(32)}"`],
	]),
	refused("a completion with a part that was never sent is refused", "400 InvalidPart", [
		...both,
		[3, etagOf(last)],
	]),
	// recorded on AWS by LocalStack: test_s3.py, test_complete_multipart_parts_order, 2026-02-21
	refused("a completion out of order is refused", "400 InvalidPartOrder", both.toReversed()),
	refused("a completion with a part twice is refused", "400 InvalidPartOrder", [
		[1, etagOf(full)],
		[1, etagOf(full)],
	]),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_multipart_no_such_upload, 2026-02-21
		name: "a completion of an unknown upload is refused before its document is read",
		refuses: true,
		expected: "404 NoSuchUpload",
		run: async (wire) =>
			(await complete(wire, { key: wire.key(), uploadId: "no-such-upload" }, "")).outcome,
	},
	refused("a completion without parts is refused", "400 MalformedXML", []),
	refused("a completion that is not XML is refused", "400 MalformedXML", "not XML"),
	// recorded on AWS by LocalStack: test_s3.py, test_multipart_size_validation, 2026-02-21
	refused("another size than declared is refused", "400 InvalidRequest", both, {
		headers: { "x-amz-mp-object-size": "1" },
	}),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_multipart_parts_checksum_exceptions_full_object, 2026-02-21
		name: "another CRC32 of the whole object is refused, and the upload can still be completed",
		refuses: true,
		expected: "400 BadDigest, 404, 200",
		async run(wire) {
			const begun = await sent(wire, fullObject("CRC32"));
			const completeWith = (bytes: Buffer) =>
				complete(wire, begun, both, {
					"x-amz-checksum-crc32": digest("crc32", bytes).value,
					"x-amz-checksum-type": "FULL_OBJECT",
				});
			const wrong = await completeWith(last);
			const head = await wire.call("HEAD", { key: begun.key });
			return [wrong, head, await completeWith(whole)].map(({ outcome }) => outcome).join(", ");
		},
	},
	// recorded on AWS by LocalStack: test_s3.py, test_complete_multipart_parts_checksum_full_object, 2026-02-21
	refused(
		"another checksum of a part at completion is refused",
		"400 InvalidPart",
		[
			[1, etagOf(full), `<ChecksumCRC32>${digest("crc32", last).value}</ChecksumCRC32>`],
			[2, etagOf(last), `<ChecksumCRC32>${digest("crc32", last).value}</ChecksumCRC32>`],
		],
		{ created: fullObject("CRC32") },
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_complete_multipart_parts_checksum_composite, 2026-02-21
		name: "a composite checksum without those of the parts is refused",
		refuses: true,
		expected: "400 InvalidRequest",
		async run(wire) {
			const begun = await begin(wire, { "x-amz-checksum-algorithm": "SHA256" });
			const headers = { "x-amz-checksum-sha256": digest("sha256", last).value };
			await part(wire, { ...begun, partNumber: 1 }, last, headers);
			return (await complete(wire, begun, [[1, etagOf(last)]])).outcome;
		},
	},
	...(["crc32", "crc32c", "crc64nvme"] as const).map(
		(name): WireCase => ({
			// recorded on AWS by LocalStack: test_s3.py, test_complete_multipart_parts_checksum_full_object, 2026-02-21
			name: `the right ${name} of the whole object is accepted and returned`,
			refuses: false,
			expected: `200 ${digest(name, whole).value}`,
			async run(wire) {
				const begun = await sent(wire, fullObject(name.toUpperCase()));
				const done = await complete(wire, begun, both, {
					[`x-amz-checksum-${name}`]: digest(name, whole).value,
					"x-amz-checksum-type": "FULL_OBJECT",
					"x-amz-mp-object-size": String(whole.length),
				});
				return `${done.outcome} ${textOf(done, `Checksum${name.toUpperCase()}`)}`;
			},
		}),
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_multipart_complete_multipart_too_small, 2026-02-21
		name: "parts but the last below 5 MiB are refused",
		refuses: true,
		expected: "400 EntityTooSmall",
		async run(wire) {
			const begun = await begin(wire);
			await part(wire, { ...begun, partNumber: 1 }, last);
			await part(wire, { ...begun, partNumber: 2 }, last);
			return (
				await complete(wire, begun, [
					[1, etagOf(last)],
					[2, etagOf(last)],
				])
			).outcome;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3_api.py, test_multipart_if_none_match_with_delete, 2026-02-21
		name: "If-None-Match at completion is a conflict for good once the key was deleted meanwhile",
		refuses: true,
		expected:
			"412 PreconditionFailed, 409 ConditionalRequestConflict, 409 ConditionalRequestConflict",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, "first");
			const begun = await begin(wire, {}, key);
			await part(wire, { ...begun, partNumber: 1 }, last);
			const attempt = () => complete(wire, begun, [[1, etagOf(last)]], { "if-none-match": "*" });
			const outcomes = [(await attempt()).outcome];
			await wire.call("DELETE", { key });
			outcomes.push((await attempt()).outcome, (await attempt()).outcome);
			return outcomes.join(", ");
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3_api.py, test_multipart_if_match_with_put, 2026-02-21
		name: "If-Match at completion is a conflict once the key was written meanwhile",
		refuses: true,
		expected: "412 PreconditionFailed, 409 ConditionalRequestConflict, second object",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, "first");
			const begun = await begin(wire, {}, key);
			await part(wire, { ...begun, partNumber: 1 }, last);
			await wire.put(key, "second");
			const attempt = async (etag: string) =>
				(await complete(wire, begun, [[1, etagOf(last)]], { "if-match": etag })).outcome;
			const before = await attempt(etagOf(Buffer.from("first")));
			const during = await attempt(etagOf(Buffer.from("second")));
			const { body } = await wire.call("GET", { key });
			return `${before}, ${during}, ${body.equals(last) ? "other" : body} object`;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3_api.py, test_multipart_if_none_match_with_put, 2026-02-21
		name: "If-None-Match at completion refuses to overwrite",
		refuses: true,
		expected: "412 PreconditionFailed, first object",
		async run(wire) {
			const begun = await sent(wire);
			await wire.put(begun.key, "hello");
			const { outcome } = await complete(wire, begun, both, { "if-none-match": "*" });
			const { body } = await wire.call("GET", { key: begun.key });
			return `${outcome}, ${body.equals(Buffer.from("hello")) ? "first" : "other"} object`;
		},
	},
	{
		name: "an aborted upload cannot be completed",
		refuses: true,
		expected: "404 NoSuchUpload",
		async run(wire) {
			const begun = await sent(wire);
			const { key, uploadId } = begun;
			await wire.call("DELETE", { key, query: { uploadId } });
			return (await complete(wire, begun, both)).outcome;
		},
	},
];
