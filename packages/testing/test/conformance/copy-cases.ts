import { textOf, type WireCase, type WireResponse } from "./wire.js";
import {
	begin,
	body,
	complete,
	copy,
	crc32,
	etag,
	etagOf,
	type Headers,
	last,
	part,
	stored,
} from "./wire-uploads.js";

// Recorded on AWS by LocalStack in 2026-02, in tests/aws/services/s3/test_s3.py, test_s3_api.py and
// test_s3_preconditions.py: the test of each case is named above it.

/** The outcome of a copy, and the condition that it failed. */
const outcomeOf = (answer: WireResponse): string =>
	[answer.outcome, textOf(answer, "Condition")].filter(Boolean).join(" ");

const date = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toUTCString();

type Conditions = readonly (readonly [name: string, value: string])[];

/** The conditions on the source of a copy; all of these fail. */
const failing = (lastModified: string): Conditions => [
	["If-Match", '"etag123"'],
	["If-Unmodified-Since", date(-24)],
	["If-None-Match", etag],
	["If-Modified-Since", lastModified],
];

const sourceConditions = (conditions: Conditions): Headers =>
	Object.fromEntries(
		conditions.map(([name, value]) => [`x-amz-copy-source-${name.toLowerCase()}`, value]),
	);

/** Cases about CopyObject. */
export const copyCases: readonly WireCase[] = [
	{
		// test_s3_copy_content_type_and_metadata, test_s3_copy_object_with_default_checksum
		name: "a copy has the bytes, metadata and checksum of its source",
		refuses: false,
		expected: `200 ${crc32} FULL_OBJECT, image/png blue ${body}`,
		async run(wire) {
			const key = wire.key();
			const source = await stored(wire, {
				"content-type": "image/png",
				"x-amz-meta-colour": "blue",
				"x-amz-checksum-crc32": crc32,
			});
			const done = await copy(wire, source, key);
			const { headers, body: copied } = await wire.call("GET", { key });
			return `${done.outcome} ${textOf(done, "ChecksumCRC32")} ${textOf(done, "ChecksumType")}, ${headers["content-type"]} ${headers["x-amz-meta-colour"]} ${copied}`;
		},
	},
	{
		// test_s3_copy_metadata_replace
		name: "a copy that replaces the metadata keeps none of its source",
		refuses: false,
		expected: "200, image/jpg undefined red",
		async run(wire) {
			const key = wire.key();
			const source = await stored(wire, { "x-amz-meta-a": "blue", "cache-control": "no-store" });
			const { outcome } = await copy(wire, source, key, {
				"x-amz-metadata-directive": "REPLACE",
				"content-type": "image/jpg",
				"x-amz-meta-b": "red",
			});
			const { headers } = await wire.call("HEAD", { key });
			return `${outcome}, ${headers["content-type"]} ${headers["x-amz-meta-a"]} ${headers["x-amz-meta-b"]}`;
		},
	},
	...(
		[
			["", {}, "old"],
			[" with the directive COPY", { "x-amz-tagging-directive": "COPY" }, "old"],
			[" with the directive REPLACE", { "x-amz-tagging-directive": "REPLACE" }, "new"],
		] as const
	).map(
		([directive, headers, tag]): WireCase => ({
			// test_s3_copy_tagging_directive
			name: `a copy with tags${directive} has the ${tag} ones`,
			refuses: false,
			expected: `200 ${tag}`,
			async run(wire) {
				const key = wire.key();
				const source = await stored(wire, { "x-amz-tagging": "tag=old" });
				const done = await copy(wire, source, key, { "x-amz-tagging": "tag=new", ...headers });
				const tags = await wire.call("GET", { key, query: { tagging: "" } });
				return `${done.outcome} ${textOf(tags, "Value")}`;
			},
		}),
	),
	{
		// test_s3_copy_object_in_place_metadata_directive
		name: "a copy of an object to itself that changes nothing is refused",
		refuses: true,
		expected: "400 InvalidRequest, 200",
		async run(wire) {
			const key = await stored(wire);
			const same = await copy(wire, key, key);
			const changed = await copy(wire, key, key, { "x-amz-metadata-directive": "REPLACE" });
			return `${same.outcome}, ${changed.outcome}`;
		},
	},
	{
		// test_multipart_copy_object_etag
		name: "the ETag of the copy of an object of parts is the MD5 of its bytes",
		refuses: false,
		expected: `200 ${etagOf(last)}`,
		async run(wire) {
			const begun = await begin(wire);
			await part(wire, { ...begun, partNumber: 1 }, last);
			await complete(wire, begun, [[1, etagOf(last)]]);
			const done = await copy(wire, begun.key, wire.key());
			return `${done.outcome} ${textOf(done, "ETag")?.replaceAll("&quot;", '"')}`;
		},
	},
	{
		// test_copy_object_special_character_plus_for_space
		name: "the source of a copy may be encoded as forms are",
		refuses: false,
		expected: "200",
		async run(wire) {
			const name = `${wire.key()} a`;
			await wire.put(name, body);
			const { bucket } = wire.target;
			const encoded = `${bucket}%2F${name.replace(" ", "+")}`;
			const headers = { "x-amz-copy-source": encoded };
			return (await wire.call("PUT", { key: wire.key(), headers })).outcome;
		},
	},
	{
		// test_s3_copy_object_wrong_format
		name: "a copy source without a key is refused",
		refuses: true,
		expected: "400 InvalidArgument",
		run: async (wire) =>
			(
				await wire.call("PUT", {
					key: wire.key(),
					headers: { "x-amz-copy-source": "wrongformat" },
				})
			).outcome,
	},
	{
		// test_s3_copy_object_src_not_exists, 2023-10-26
		name: "a copy source without an object is refused",
		refuses: true,
		expected: "404 NoSuchKey",
		run: async (wire) => (await copy(wire, wire.key(), wire.key())).outcome,
	},
	{
		// test_copy_object_if_none_match
		name: "If-None-Match refuses a copy onto an object",
		refuses: true,
		expected: "200, 412 PreconditionFailed If-None-Match",
		async run(wire) {
			const source = await stored(wire);
			const key = wire.key();
			const headers = { "if-none-match": "*" };
			const first = await copy(wire, source, key, headers);
			return `${outcomeOf(first)}, ${outcomeOf(await copy(wire, source, key, headers))}`;
		},
	},
	{
		// test_copy_object_if_none_match_in_place
		name: "If-None-Match refuses a copy of an object to itself",
		refuses: true,
		expected: "412 PreconditionFailed If-None-Match",
		async run(wire) {
			const key = await stored(wire);
			const headers = { "if-none-match": "*", "x-amz-storage-class": "STANDARD" };
			return outcomeOf(await copy(wire, key, key, headers));
		},
	},
	{
		// test_copy_object_if_match
		name: "If-Match refuses a copy onto another object, and onto none",
		refuses: true,
		expected: "200, 412 PreconditionFailed If-Match, 404 NoSuchKey",
		async run(wire) {
			const source = await stored(wire);
			const key = wire.key();
			await wire.put(key, last);
			const right = await copy(wire, source, key, { "if-match": etagOf(last) });
			const other = await copy(wire, source, key, { "if-match": '"wrong-etag"' });
			const none = await copy(wire, source, wire.key(), { "if-match": etagOf(last) });
			return [right, other, none].map(outcomeOf).join(", ");
		},
	},
	{
		// test_copy_object_precondition_write_validation
		name: "a copy with conditions that AWS does not know is not implemented",
		refuses: true,
		expected: "501 NotImplemented, 501 NotImplemented, 501 NotImplemented",
		async run(wire) {
			const source = await stored(wire);
			const conditions: readonly Headers[] = [
				{ "if-none-match": etag },
				{ "if-match": "*" },
				{ "if-match": "*", "if-none-match": etag },
			];
			const outcomes: string[] = [];
			for (const headers of conditions) {
				outcomes.push((await copy(wire, source, wire.key(), headers)).outcome);
			}
			return outcomes.join(", ");
		},
	},
	...failing("").map(
		([name], index): WireCase => ({
			// test_s3_copy_object_preconditions: the conditions are checked in this order
			name: `a copy whose source fails ${name} is refused`,
			refuses: true,
			expected: `412 PreconditionFailed x-amz-copy-source-${name}`,
			async run(wire) {
				const source = await stored(wire);
				const { headers } = await wire.call("HEAD", { key: source });
				const conditions = failing(headers["last-modified"] ?? "").slice(index);
				return outcomeOf(await copy(wire, source, wire.key(), sourceConditions(conditions)));
			},
		}),
	),
	{
		// test_s3_copy_object_preconditions
		name: "a copy ignores missing quotes, and an If-Modified-Since in the future",
		refuses: false,
		expected: "200, 200",
		async run(wire) {
			const source = await stored(wire);
			const future = sourceConditions([["If-Modified-Since", date(24)]]);
			const holding = sourceConditions([
				["If-Match", etag.replaceAll('"', "")],
				["If-None-Match", '"etag123"'],
				["If-Modified-Since", date(-24)],
				["If-Unmodified-Since", date(0)],
			]);
			const first = await copy(wire, source, wire.key(), future);
			return `${first.outcome}, ${(await copy(wire, source, wire.key(), holding)).outcome}`;
		},
	},
];
