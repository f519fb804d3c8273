import { digest } from "../../src/conformance/material.js";
import { textOf, type WireCase } from "./wire.js";
import {
	begin,
	complete,
	etagOf,
	full,
	fullObject,
	last,
	list,
	md5,
	part,
	sent,
} from "./wire-uploads.js";

/** Cases about the parts of a multipart upload. */
export const partCases: readonly WireCase[] = [
	{
		name: "a part number holds the part that was sent last",
		refuses: false,
		expected: "200, 1000",
		async run(wire) {
			const begun = await begin(wire);
			await part(wire, { ...begun, partNumber: 1 }, Buffer.from("first"));
			await part(wire, { ...begun, partNumber: 1 }, last);
			const done = await complete(wire, begun, [[1, etagOf(last)]]);
			const head = await wire.call("HEAD", { key: begun.key });
			return `${done.outcome}, ${head.headers["content-length"]}`;
		},
	},
	{
		name: "parts are listed page after page",
		refuses: false,
		expected: "1 true 1, 2 false",
		async run(wire) {
			const begun = await sent(wire);
			const first = await list(wire, begun, { "max-parts": "1" });
			const marker = textOf(first, "NextPartNumberMarker") ?? "";
			const second = await list(wire, begun, { "part-number-marker": marker });
			await wire.call("DELETE", { key: begun.key, query: { uploadId: begun.uploadId } });
			return `${textOf(first, "PartNumber")} ${textOf(first, "IsTruncated")} ${marker}, ${textOf(second, "PartNumber")} ${textOf(second, "IsTruncated")}`;
		},
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_multipart_and_list_parts, 2026-02-21
		name: "the marker of the last page is its last part, or 0",
		refuses: false,
		expected: "0, 1",
		async run(wire) {
			const begun = await begin(wire);
			const marker = async () => textOf(await list(wire, begun), "NextPartNumberMarker") ?? "none";
			const before = await marker();
			await part(wire, { ...begun, partNumber: 1 }, last);
			return `${before}, ${await marker()}`;
		},
	},
	{
		name: "multipart uploads are listed by prefix",
		refuses: false,
		expected: "listed, 204, gone",
		async run(wire) {
			const { key, uploadId } = await begin(wire);
			const has = async (): Promise<boolean> => {
				const answer = await wire.call("GET", { query: { uploads: "", prefix: key } });
				return answer.body.includes(`<UploadId>${uploadId}</UploadId>`);
			};
			const before = await has();
			const abort = await wire.call("DELETE", { key, query: { uploadId } });
			return `${before ? "listed" : "missing"}, ${abort.outcome}, ${(await has()) ? "listed" : "gone"}`;
		},
	},
	{
		name: "an aborted upload takes no part",
		refuses: true,
		expected: "404 NoSuchUpload",
		async run(wire) {
			const begun = await sent(wire);
			const { key, uploadId } = begun;
			await wire.call("DELETE", { key, query: { uploadId } });
			return (await part(wire, { ...begun, partNumber: 1 }, last)).outcome;
		},
	},
	{
		name: "an aborted upload lists no parts",
		refuses: true,
		expected: "404 NoSuchUpload",
		async run(wire) {
			const begun = await sent(wire);
			const { key, uploadId } = begun;
			await wire.call("DELETE", { key, query: { uploadId } });
			return (await list(wire, begun)).outcome;
		},
	},
	{
		name: "an upload belongs to its key alone",
		refuses: true,
		expected: "404 NoSuchUpload",
		async run(wire) {
			const { uploadId } = await begin(wire);
			return (await part(wire, { key: wire.key(), uploadId, partNumber: 1 }, last)).outcome;
		},
	},
	...[0, 10_001].map(
		(partNumber): WireCase => ({
			name: `part number ${partNumber} is refused`,
			refuses: true,
			expected: "400 InvalidArgument",
			run: async (wire) => (await part(wire, { ...(await begin(wire)), partNumber }, last)).outcome,
		}),
	),
	{
		name: "another part number than the signed one is refused",
		refuses: true,
		expected: "403 SignatureDoesNotMatch",
		async run(wire) {
			const { key, uploadId } = await begin(wire);
			const request = wire.presign("PUT", { key, query: { partNumber: "1", uploadId } });
			const path = request.path.replace("partNumber=1", "partNumber=2");
			return (await wire.send({ ...request, path }, last)).outcome;
		},
	},
	{
		name: "another length than the signed one is refused for a part",
		refuses: true,
		expected: "403 SignatureDoesNotMatch",
		async run(wire) {
			const { key, uploadId } = await begin(wire);
			const request = wire.presign("PUT", {
				key,
				query: { partNumber: "1", uploadId },
				headers: { "content-length": "999" },
			});
			const headers = { ...request.headers, "content-length": "1000" };
			return (await wire.send({ ...request, headers }, last)).outcome;
		},
	},
	{
		name: "another Content-MD5 is refused for a part",
		refuses: true,
		expected: "400 BadDigest",
		run: async (wire) =>
			(
				await part(wire, { ...(await begin(wire)), partNumber: 1 }, last, {
					"content-md5": md5(full).toString("base64"),
				})
			).outcome,
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_multipart_upload_part_checksum_exception, 2026-02-21
		name: "another checksum is refused for a part",
		refuses: true,
		expected: "400 BadDigest",
		async run(wire) {
			const begun = await begin(wire, { "x-amz-checksum-algorithm": "CRC32" });
			const headers = { "x-amz-checksum-crc32": digest("crc32", full).value };
			return (await part(wire, { ...begun, partNumber: 1 }, last, headers)).outcome;
		},
	},
	{
		name: "a full-object checksum type with SHA256 is refused",
		refuses: true,
		expected: "400 InvalidRequest",
		run: async (wire) =>
			(
				await wire.call("POST", {
					key: wire.key(),
					query: { uploads: "" },
					headers: fullObject("SHA256") ?? {},
				})
			).outcome,
	},
];
