import { randomBytes } from "node:crypto";
import { deflateRawSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { runSteps, type StepsResult } from "../../../src/events/run-steps.js";
import {
	type ArchiveLimitsOptions,
	archiveLimits,
} from "../../../src/events/steps/archive-limits.js";
import { checksum } from "../../../src/events/steps/checksum.js";
import { asiUnix, pax, tar, zip } from "../../support/archives.js";
import { serveObject } from "../../support/range-server.js";

async function look(bytes: Uint8Array, options?: ArchiveLimitsOptions): Promise<StepsResult> {
	return runSteps([archiveLimits(options)], await serveObject(bytes));
}
const short = ({ verdict, reason }: StepsResult): string => `${verdict} ${reason ?? ""}`.trim();
const text = Buffer.from("some text ".repeat(100));
const noise = randomBytes(300_000);
const file = { name: "a.txt", data: text };

test("Regular archives are clean, with the number of their members and bytes", async () => {
	const inner = zip([file, { name: "b", data: noise, method: 0 }]);
	const archives = {
		plain: zip([file, { name: "dir/", mode: 0o040755 }, { name: "b/c.bin", data: noise }]),
		stored: zip([
			{ ...file, method: 0 },
			{ name: "noise", data: noise, method: 0 },
		]),
		streamed: zip([
			{ ...file, descriptor: true },
			{ name: "noise", data: noise, descriptor: true },
		]),
		"streamed and stored": zip([{ ...file, method: 0, descriptor: true }]),
		commented: zip([file], { comment: "made by hand" }),
		"64 bits": zip([file, { name: "noise", data: noise }], { zip64: true }),
		empty: zip([]),
		nested: zip([
			{ name: "inner.zip", data: inner },
			{ name: "stored.zip", data: inner, method: 0 },
		]),
		tar: tar([file, { name: "dir", type: "5" }, { name: "noise", data: noise }]),
		"tar.gz": gzipSync(tar([file, { name: "inner.zip", data: inner }])),
		gzip: gzipSync(noise),
		"two gzips": Buffer.concat([gzipSync(noise), gzipSync(noise)]),
		"gzip with name, comment and extra field": Buffer.concat([
			Buffer.from("1f8b081c000000000003" + "0200aabb", "hex"),
			Buffer.from("a\0b\0"),
			gzipSync(noise).subarray(10),
		]),
		"many gzips": Buffer.concat(Array.from({ length: 2_000 }, () => gzipSync("a"))),
	};
	const found: Record<string, unknown> = {};
	for (const [name, bytes] of Object.entries(archives)) {
		const result = await look(bytes);
		expect(`${name}: ${short(result)} ${result.detail ?? ""}`).toBe(`${name}: clean `);
		found[name] =
			`${result.facts.archive} ${result.facts.archiveEntries} ${result.facts.archiveBytes}`;
	}
	expect(found).toEqual({
		plain: "zip 3 301000",
		stored: "zip 2 301000",
		streamed: "zip 2 301000",
		"streamed and stored": "zip 1 1000",
		commented: "zip 1 1000",
		"64 bits": "zip 2 301000",
		empty: "zip 0 0",
		nested: `zip 6 ${2 * 301_000 + 2 * inner.length}`,
		tar: "tar 3 301000",
		"tar.gz": `gzip 5 ${tar([file, { name: "inner.zip", data: inner }]).length + 1_000 + inner.length + 301_000}`,
		gzip: "gzip 1 300000",
		"two gzips": "gzip 1 600000",
		"gzip with name, comment and extra field": "gzip 1 300000",
		"many gzips": "gzip 1 2000",
	});
});

test.each([
	["a symlink in a zip", zip([{ name: "link", data: text, mode: 0o120777 }])],
	[
		"a symlink by an extra field that unzip reads",
		zip([{ name: "link", data: text, mode: 0, extra: asiUnix(0o120777) }]),
	],
	["a device in a zip", zip([{ name: "sda", mode: 0o060600 }])],
	["a name with ..", zip([file, { name: "a/../../etc/passwd", data: text }])],
	["a name with .. between backslashes", zip([{ name: "a\\..\\..\\b.exe", data: text }])],
	["an absolute name", zip([{ name: "/etc/passwd", data: text }])],
	["a name with a drive", zip([{ name: "C:evil.exe", data: text }])],
	["a name with a line feed", zip([{ name: "a\nb", data: text }])],
	[
		"a bad name in an inner zip",
		zip([{ name: "i.zip", data: zip([{ name: "../b", data: text }]) }]),
	],
	["a symlink in an inner zip", zip([{ name: "i", data: zip([{ name: "l", mode: 0o120777 }]) }])],
	["a symlink in a tar", tar([file, { name: "link", type: "2" }])],
	["a hard link in a tar", tar([{ name: "link", type: "1" }])],
	["a pipe in a tar", tar([{ name: "pipe", type: "6" }])],
	["a bad name in a tar", tar([{ name: "../x", data: text }])],
	["a bad name in attributes", tar([pax({ path: "/etc/passwd" }), file])],
	[
		"a bad name in attributes that a long name follows",
		tar([pax({ path: "../b" }), { name: "@", type: "L", data: Buffer.from("a\0") }, file]),
	],
	[
		"a bad name in the first of two attributes",
		tar([pax({ path: "../b" }), pax({ path: "a" }), file]),
	],
	[
		"a long bad name",
		tar([{ name: "@", type: "L", data: Buffer.from(`${"a/".repeat(80)}../b\0`) }, file]),
	],
	["a name with dots that Windows cuts", zip([{ name: "a/.. /b", data: text }])],
	["a name behind a prefix of POSIX", tar([{ name: "b", prefix: "a/..", data: text }])],
	[
		"a name behind a prefix that only some programs read",
		tar([{ name: "passwd", prefix: "/etc", magic: "ustar  \0", data: text }]),
	],
	[
		"a name in the header that attributes replace",
		tar([pax({ path: "a" }), { name: "/etc/passwd", data: text }]),
	],
	[
		"a link behind attributes whose size is that of a later member",
		tar([
			pax({ size: "512" }),
			{ name: "@", type: "L" },
			{ name: "link", type: "2" },
			{ name: "a", data: Buffer.alloc(512) },
		]),
	],
	["a bad name in a tar with a signed checksum", tar([{ name: "../\xfc", signed: true }])],
	["the name of a share", zip([{ name: "\\\\server\\share\\a", data: text }])],
	["a bad name in a tar.gz", gzipSync(tar([{ name: "a/..", data: text }]))],
])("Unsafe: %s", async (_name, bytes) => {
	expect(short(await look(bytes))).toBe("infected unsafe-archive");
});

const zeros = new Uint8Array(40_000_000);
const many = zip(Array.from({ length: 101 }, (_, i) => ({ name: `${i}` })));
const deep = (depth: number): Buffer =>
	depth === 0 ? text : zip([{ name: "inner.zip", data: deep(depth - 1) }]);

const tarGz = (depth: number): Buffer =>
	depth === 0 ? text : gzipSync(tar([{ name: "inner.tar.gz", data: tarGz(depth - 1) }]));

test.each([
	["a ratio", zip([{ name: "zeros", data: zeros }]), {}],
	[
		"a ratio in an inner zip",
		zip([{ name: "i", data: zip([{ name: "zeros", data: zeros }]) }]),
		{},
	],
	[
		"a ratio, with a size that is a lie",
		zip([{ name: "z", packed: deflateRawSync(zeros), claims: { unpacked: 10 } }]),
		{},
	],
	["a ratio in a gzip", gzipSync(zeros), {}],
	[
		"the length of all names",
		zip(Array.from({ length: 300 }, (_, i) => ({ name: `${i}`.padEnd(60_000, "a"), method: 0 }))),
		{ maxEntries: 1_000 },
	],
	["the number of members", many, { maxEntries: 100 }],
	["the number of members, inside", zip([{ name: "i", data: many }]), { maxEntries: 101 }],
	["the depth", deep(6), {}],
	["the depth of tar.gz in each other", tarGz(3), {}],
	[
		"the size",
		zip([
			{ name: "a", data: noise },
			{ name: "b", data: noise },
		]),
		{ maxSize: 500_000 },
	],
	["the size of a member", zip([{ name: "a", data: noise }]), { maxMemberSize: "100 kB" }],
] as const)("A limit: %s", async (_name, bytes, options) => {
	expect(short(await look(bytes, options))).toBe("infected archive-limit");
});

test("At its limits an archive is clean", async () => {
	expect(short(await look(deep(5)))).toBe("clean");
	expect(short(await look(tarGz(2)))).toBe("clean");
	expect(short(await look(many, { maxEntries: 101 }))).toBe("clean");
	expect(short(await look(zip([{ name: "z", data: zeros }]), { maxRatio: 2_000 }))).toBe("clean");
});

test("What is forbidden by its name is refused before the archive is read", async () => {
	const large = Array.from({ length: 10 }, (_, i) => ({
		name: `${i}`,
		data: randomBytes(500_000),
		method: 0,
	}));
	const served = await serveObject(zip([...large, { ...file, flags: 1 }, { name: "../a" }]));
	const result = await runSteps([archiveLimits()], served);
	expect(short(result)).toBe("infected unsafe-archive");
	expect(result.bytesRead).toBeLessThan(300_000);
});

test("An object that is no archive is read at its ends only, and whole for those who want it", async () => {
	const bytes = randomBytes(3_000_000);
	const alone = await runSteps([archiveLimits()], await serveObject(bytes));
	expect(short(alone)).toBe("clean");
	expect(alone.bytesRead).toBeLessThan(300_000);
	const both = await runSteps([archiveLimits(), checksum()], await serveObject(bytes));
	expect(both.bytesRead).toBe(3_000_000);
	expect(both.facts.sha256).toHaveLength(64);
});

test("Options that make no sense are refused", () => {
	expect(() => archiveLimits({ maxDepth: 0 })).toThrow(TypeError);
	expect(() => archiveLimits({ maxSize: "many" as never })).toThrow(TypeError);
	expect(() => archiveLimits({ maxFiles: 3 } as never)).toThrow(/maxFiles/);
});
