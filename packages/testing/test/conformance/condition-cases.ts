import { createHash } from "node:crypto";
import { type Signing, textOf, type Wire, type WireCase } from "./wire.js";

const body = Buffer.from("0123456789abcdef");

/** The outcome of a presigned PUT with these signed headers. */
const putWith = async (wire: Wire, signing: Signing): Promise<string> =>
	(await wire.send(wire.presign("PUT", { key: wire.key(), ...signing }), body)).outcome;

/** Cases about conditional PUTs. */
export const conditionCases: readonly WireCase[] = [
	{
		// recorded on AWS by LocalStack: test_s3_api.py, test_put_object_if_none_match, 2026-02-21
		name: "If-None-Match refuses the second object",
		refuses: true,
		expected: "200, 412 PreconditionFailed",
		async run(wire) {
			const signing = { key: wire.key(), headers: { "if-none-match": "*" } };
			return `${await putWith(wire, signing)}, ${await putWith(wire, signing)}`;
		},
	},
	...["If-None-Match", "if-none-match"].map(
		(name): WireCase => ({
			// recorded on AWS by LocalStack, for the first spelling: test_s3.py, test_pre_signed_url_if_none_match
			name: `${name} in the query of a presigned URL refuses the second object`,
			refuses: true,
			expected: "200, 412 PreconditionFailed",
			async run(wire) {
				const request = wire.presign("PUT", { key: wire.key(), query: { [name]: "*" } });
				const first = await wire.send(request, "first");
				return `${first.outcome}, ${(await wire.send(request, "second")).outcome}`;
			},
		}),
	),
	{
		// recorded on AWS by LocalStack: test_s3.py, test_pre_signed_url_if_match
		name: "If-Match in the query of a presigned URL refuses to replace another object",
		refuses: true,
		expected: "412 PreconditionFailed, first",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, "first");
			const query = { "If-Match": createHash("md5").digest("hex") };
			const { outcome } = await wire.send(wire.presign("PUT", { key, query }), "second");
			return `${outcome}, ${(await wire.call("GET", { key })).body}`;
		},
	},
	...(
		[
			[
				"If-Match with a star",
				{ "if-match": "*" },
				"We don't accept the provided value of If-Match header for this API",
			],
			[
				"If-None-Match with an ETag",
				{ "if-none-match": '"x"' },
				"We don't accept the provided value of If-None-Match header for this API",
			],
			[
				"both conditions at once",
				{ "if-match": '"x"', "if-none-match": "*" },
				"Multiple conditional request headers present in the request",
			],
		] as const
	).map(
		([what, headers, reason]): WireCase => ({
			// recorded on AWS by LocalStack: test_s3_api.py, TestS3ObjectWritePrecondition, 2026-02-21
			name: `a PUT with ${what} is not implemented`,
			refuses: true,
			expected: `501 NotImplemented: ${reason}`,
			async run(wire) {
				const answer = await wire.send(wire.presign("PUT", { key: wire.key(), headers }), body);
				return `${answer.outcome}: ${textOf(answer, "additionalMessage")?.replace("&apos;", "'")}`;
			},
		}),
	),
	{
		// recorded on AWS by LocalStack: test_s3_api.py, test_put_object_if_match, 2026-02-21
		name: "If-Match refuses to replace another object",
		refuses: true,
		expected: "412 PreconditionFailed",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, body);
			return await putWith(wire, { key, headers: { "if-match": '"0123"' } });
		},
	},
];
