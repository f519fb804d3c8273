import { s3Provider } from "@skyput/server/s3";
import { afterEach, describe, expect, test } from "vitest";
import { digest } from "../../src/conformance/material.js";
import { type S3Compatibility, type S3Server, startS3Server } from "../../src/index.js";
import { textOf, type Wire, wireTo } from "../conformance/wire.js";
import {
	begin,
	both,
	complete,
	etagOf,
	full,
	fullObject,
	last,
	list,
	md5,
	part,
	whole,
} from "../conformance/wire-uploads.js";

const servers: S3Server[] = [];
afterEach(async () => {
	for (const server of servers.splice(0)) await server.close();
});

async function start(compatibility: S3Compatibility): Promise<Wire> {
	const server = await startS3Server({ compatibility });
	servers.push(server);
	return wireTo(server);
}

const wrong = { md5: md5(full).toString("base64"), crc32: digest("crc32", full).value };
const put = async (wire: Wire, headers: Record<string, string>): Promise<string> =>
	(await wire.send(wire.presign("PUT", { key: wire.key(), headers }), last)).outcome;

test.each(["b2", "ceph", "minio", "r2", "unknown"] as const)(
	"the capabilities as %s are those of its preset, as far as checksums and conditions go",
	async (compatibility) => {
		const server = await startS3Server({ compatibility });
		servers.push(server);
		const { endpoint, bucket, capabilities } = server;
		const preset = s3Provider({ bucket, endpoint, compatibility }).capabilities;
		const { checksums, createOnly, conditionalDelete } = preset;
		expect(capabilities).toMatchObject({ checksums, createOnly, conditionalDelete });
	},
);

test.each([
	[{ compatibility: "wasabi" }, /compatibility must be one of aws, .*, not "wasabi"/],
	[
		{ compatibilty: "ceph" },
		/Unknown option "compatibilty" of startS3Server\(\). Known are: port, /,
	],
	[{ port: "9000" }, /port must be a whole number from 0 to 65535, not "9000"/],
])("a server with %j is not started", async (options, why) => {
	await expect(startS3Server(options as object)).rejects.toThrow(why);
});

describe("a wrong digest of a body", () => {
	test.each([
		["aws", "400 BadDigest", "400 BadDigest"],
		["b2", "200", "200"],
		["ceph", "400 BadDigest", "200"],
		["minio", "400 BadDigest", "400 BadDigest"],
		["r2", "400 BadDigest", "400 BadDigest"],
		["unknown", "200", "200"],
	] as const)("gets from %s: MD5 %s, CRC32 %s", async (compatibility, forMd5, forCrc32) => {
		const wire = await start(compatibility);
		expect(await put(wire, { "content-md5": wrong.md5 })).toBe(forMd5);
		expect(await put(wire, { "x-amz-checksum-crc32": wrong.crc32 })).toBe(forCrc32);
	});
});

test.each([
	["aws", "412 PreconditionFailed"],
	["b2", "501 NotImplemented"],
	["ceph", "412 PreconditionFailed"],
	["unknown", "200"],
] as const)("If-None-Match of a second PUT gets from %s: %s", async (compatibility, expected) => {
	const wire = await start(compatibility);
	const key = wire.key();
	await wire.put(key, last);
	const second = wire.presign("PUT", { key, headers: { "if-none-match": "*" } });
	expect((await wire.send(second, full)).outcome).toBe(expected);
});

describe("parts without a checksum, of an upload that has one of the whole object", () => {
	const checksum = { "x-amz-checksum-crc32": digest("crc32", whole).value };
	async function upload(wire: Wire) {
		const begun = await begin(wire, fullObject("CRC32"));
		const sent = await part(wire, { ...begun, partNumber: 1 }, full);
		await part(wire, { ...begun, partNumber: 2 }, last);
		return { begun, sent };
	}
	const type = { "x-amz-checksum-type": "FULL_OBJECT" };

	test("are refused as by Swift", async () => {
		const { sent } = await upload(await start("swift"));
		expect(sent.outcome).toBe("400 InvalidRequest");
		expect(textOf(sent, "Message")).toContain("actual checksum Type: null");
	});

	test("must be named in the completion as for versitygw, which lists them", async () => {
		const wire = await start("versitygw");
		const { begun } = await upload(wire);
		const bare = await complete(wire, begun, both, { ...checksum, ...type });
		expect(textOf(bare, "Message")).toContain("must include the checksum for each part");
		const listed = (await list(wire, begun)).body.toString();
		const values = Array.from(listed.matchAll(/<ChecksumCRC32>[^<]*<.ChecksumCRC32>/g), String);
		const named = both.map(([n, etag], index) => [n, etag, values[index] ?? ""] as const);
		expect((await complete(wire, begun, named, { ...checksum, ...type })).outcome).toBe("200");
	});

	test("end the completion as on MinIO, which lists none", async () => {
		const wire = await start("minio");
		const { begun } = await upload(wire);
		expect((await list(wire, begun)).body.toString()).not.toContain("Checksum");
		expect((await complete(wire, begun, both, { ...checksum, ...type })).outcome).toBe(
			"400 InvalidPart",
		);
	});

	test("get theirs from AWS", async () => {
		const wire = await start("aws");
		const { begun } = await upload(wire);
		expect((await complete(wire, begun, both, { ...checksum, ...type })).outcome).toBe("200");
	});
});

test("parts of different sizes are refused as by R2", async () => {
	const wire = await start("r2");
	const begun = await begin(wire);
	const larger = Buffer.concat([full, last]);
	for (const [index, bytes] of [full, larger, last].entries()) {
		await part(wire, { ...begun, partNumber: index + 1 }, bytes);
	}
	const parts = [full, larger, last].map((bytes, index) => [index + 1, etagOf(bytes)] as const);
	expect((await complete(wire, begun, parts)).outcome).toBe("400 InvalidPart");
});

test("only AWS tells a checksum that nobody sent", async () => {
	for (const [compatibility, reported] of [
		["aws", digest("crc64nvme", last).value],
		["r2", undefined],
		["ceph", undefined],
	] as const) {
		const wire = await start(compatibility);
		const key = wire.key();
		await wire.put(key, last);
		const headers = { "x-amz-checksum-mode": "ENABLED" };
		const head = await wire.send(wire.presign("HEAD", { key, headers }));
		expect(head.headers["x-amz-checksum-crc64nvme"]).toBe(reported);
	}
});
