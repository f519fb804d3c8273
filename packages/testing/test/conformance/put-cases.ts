import { createHash } from "node:crypto";
import { connect } from "node:net";
import { digest } from "../../src/conformance/material.js";
import { type Signing, textOf, type Wire, type WireCase } from "./wire.js";

const body = Buffer.from("0123456789abcdef");
const md5 = (bytes: Buffer): string => createHash("md5").update(bytes).digest("base64");

/** The outcome of a presigned PUT with these signed headers. */
const putWith = async (wire: Wire, signing: Signing, bytes: Buffer = body): Promise<string> =>
	(await wire.send(wire.presign("PUT", { key: wire.key(), ...signing }), bytes)).outcome;

const checksumHeader = (name: string, value: string): Signing => ({
	headers: { [`x-amz-checksum-${name}`]: value },
});

/** Cases about storing whole objects. */
export const putCases: readonly WireCase[] = [
	{
		name: "the ETag of an object is its MD5 in quotes",
		refuses: false,
		expected: `"${createHash("md5").update(body).digest("hex")}"`,
		run: async (wire) => (await wire.put(wire.key(), body)).headers["etag"] ?? "none",
	},
	{
		name: "an empty object is stored",
		refuses: false,
		expected: "200, 200 0",
		async run(wire) {
			const key = wire.key();
			const put = await wire.send(wire.presign("PUT", { key }), "");
			const head = await wire.call("HEAD", { key });
			return `${put.outcome}, ${head.outcome} ${head.headers["content-length"]}`;
		},
	},
	{
		name: "a key of 1,024 bytes is stored",
		refuses: false,
		expected: "200",
		run: (wire) => putWith(wire, { key: wire.key().padEnd(1024, "k") }),
	},
	{
		name: "a key of 1,025 bytes is refused",
		refuses: true,
		expected: "400 KeyTooLongError",
		run: (wire) => putWith(wire, { key: wire.key().padEnd(1025, "k") }),
	},
	{
		name: "an unknown bucket is refused",
		refuses: true,
		expected: "404 NoSuchBucket",
		run: (wire) => putWith(wire, { bucket: "there-is-no-such-bucket" }),
	},
	{
		name: "a body of unknown length is refused",
		refuses: true,
		expected: "501 NotImplemented",
		async run(wire) {
			const request = wire.presign("PUT", { key: wire.key() });
			const headers = { ...request.headers, "transfer-encoding": "chunked" };
			return (await wire.send({ ...request, headers }, body)).outcome;
		},
	},
	{
		name: "a body that ends early is not stored",
		refuses: true,
		expected: "404 NoSuchKey",
		async run(wire) {
			const key = wire.key();
			const { path, headers } = wire.presign("PUT", { key });
			const { hostname, port } = new URL(wire.target.endpoint);
			await new Promise<void>((resolve) => {
				const socket = connect(Number(port), hostname, () => {
					socket.write(
						`PUT ${path} HTTP/1.1\r\nhost: ${headers["host"]}\r\ncontent-length: 1000\r\n\r\nhalf`,
						() => socket.destroySoon(),
					);
				});
				socket.once("close", () => resolve());
			});
			return (await wire.call("GET", { key })).outcome;
		},
	},
	{
		name: "metadata in the query of a presigned URL is stored",
		refuses: false,
		expected: "200, blue",
		async run(wire) {
			const key = wire.key();
			const put = await wire.send(
				wire.presign("PUT", { key, query: { "x-amz-meta-colour": "blue" } }),
				body,
			);
			const head = await wire.call("HEAD", { key });
			return `${put.outcome}, ${head.headers["x-amz-meta-colour"]}`;
		},
	},
	{
		name: "metadata above 2 kB is refused",
		refuses: true,
		expected: "400 MetadataTooLarge",
		run: (wire) => putWith(wire, { headers: { "x-amz-meta-long": "m".repeat(2049) } }),
	},
	{
		name: "type, cache control, disposition and metadata come back",
		refuses: false,
		expected: "image/png, no-store, inline, alice",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, body, {
				"content-type": "image/png",
				"cache-control": "no-store",
				"content-disposition": "inline",
				"x-amz-meta-owner": "alice",
			});
			const { headers } = await wire.call("HEAD", { key });
			return ["content-type", "cache-control", "content-disposition", "x-amz-meta-owner"]
				.map((name) => headers[name])
				.join(", ");
		},
	},
	{
		name: "signed tags are stored",
		refuses: false,
		expected: "colour=blue",
		async run(wire) {
			const key = wire.key();
			await wire.put(key, body, { "x-amz-tagging": "colour=blue" });
			const tags = await wire.call("GET", { key, query: { tagging: "" } });
			return `${textOf(tags, "Key")}=${textOf(tags, "Value")}`;
		},
	},
	...["a=1&a=2", "a=1,b=2"].map(
		(tags): WireCase => ({
			// recorded on AWS by LocalStack: test_s3_api.py, test_object_tagging_exc
			name: `the tags ${tags} are refused`,
			refuses: true,
			expected: "400 InvalidArgument",
			run: (wire) => putWith(wire, { headers: { "x-amz-tagging": tags } }),
		}),
	),
	{
		name: "the right Content-MD5 is accepted",
		refuses: false,
		expected: "200",
		run: (wire) => putWith(wire, { headers: { "content-md5": md5(body) } }),
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_s3_invalid_content_md5, 2026-02-21
		name: "another Content-MD5 of the body is refused",
		refuses: true,
		expected: "400 BadDigest",
		run: (wire) => putWith(wire, { headers: { "content-md5": md5(Buffer.from("other")) } }),
	},
	{
		// recorded on AWS by LocalStack: test_s3.py, test_s3_invalid_content_md5, 2026-02-21
		name: "a malformed Content-MD5 is refused",
		refuses: true,
		expected: "400 InvalidDigest",
		run: (wire) => putWith(wire, { headers: { "content-md5": "AAAA" } }),
	},
	...(["crc32", "crc32c", "crc64nvme", "sha256"] as const).flatMap((name): readonly WireCase[] => [
		{
			name: `the right ${name} is accepted and returned`,
			refuses: false,
			expected: `200, ${digest(name, body).value}`,
			async run(wire) {
				const { value } = digest(name, body);
				const signing = { key: wire.key(), ...checksumHeader(name, value) };
				const put = await wire.send(wire.presign("PUT", signing), body);
				return `${put.outcome}, ${put.headers[`x-amz-checksum-${name}`]}`;
			},
		},
		{
			// recorded on AWS by LocalStack: test_s3.py, test_put_object_checksum, 2026-02-21
			name: `another ${name} is refused`,
			refuses: true,
			expected: "400 BadDigest",
			run: (wire) => putWith(wire, checksumHeader(name, digest(name, Buffer.from("other")).value)),
		},
	]),
	{
		name: "a malformed checksum is refused",
		refuses: true,
		expected: "400 InvalidRequest",
		run: (wire) => putWith(wire, checksumHeader("crc32", "AAAA")),
	},
	{
		name: "two checksums at once are refused",
		refuses: true,
		expected: "400 InvalidRequest",
		run: (wire) =>
			putWith(wire, {
				headers: {
					"x-amz-checksum-crc32": digest("crc32", body).value,
					"x-amz-checksum-sha256": digest("sha256", body).value,
				},
			}),
	},
	{
		name: "a checksum in the query is ignored",
		refuses: false,
		expected: "200",
		run: (wire) => putWith(wire, { query: { "x-amz-checksum-crc32": "AAAAAA==" } }),
	},
];
