import { randomBytes } from "node:crypto";
import { brotliCompressSync, deflateRawSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { runSteps } from "../../../src/events/run-steps.js";
import { archiveLimits } from "../../../src/events/steps/archive-limits.js";
import { libarchiveAttributes, pax, tar, zip } from "../../support/archives.js";
import { serveObject } from "../../support/range-server.js";

const text = Buffer.from("some text ".repeat(100));
const noise = randomBytes(300_000);
const file = { name: "a.txt", data: text };

/** The image of a disc: its mark stands behind 32 KiB. */
const discImage = Buffer.alloc(60_000);
discImage.write("\x01CD001\x01", 32_768, "latin1");

/** A copy with one byte changed, counted from a record. */
function changed(bytes: Buffer, record: string, offset: number, value: number): Buffer {
	const copy = Buffer.from(bytes);
	copy[copy.indexOf(Buffer.from(record, "hex")) + offset] = value;
	return copy;
}

/** A zip whose directory names its only member twice. */
const sharedMember = (() => {
	const bytes = zip([file]);
	const [start, end] = ["504b0102", "504b0506"].map((hex) =>
		bytes.indexOf(Buffer.from(hex, "hex")),
	);
	const entry = bytes.subarray(start, end);
	const last = Buffer.from(bytes.subarray(end));
	for (const at of [8, 10]) last.writeUInt16LE(2, at);
	last.writeUInt32LE(2 * entry.length, 12);
	return Buffer.concat([bytes.subarray(0, start), entry, entry, last]);
})();

test.each([
	["an encrypted member", zip([file, { ...file, name: "b", flags: 1 }]), "encrypted"],
	["AES", zip([{ ...file, method: 99, packed: text, flags: 1 }]), "encrypted"],
	["method 14", zip([{ ...file, method: 14, packed: brotliCompressSync(text) }]), "archive-format"],
	[
		"an encrypted member inside",
		zip([{ name: "i", data: zip([{ ...file, flags: 1 }]) }]),
		"encrypted",
	],
	["no directory", zip([file], { truncated: true }), "unreadable-archive"],
	...["504b3030", "504b0102", "504b0606", "504b0607"].map(
		(mark) =>
			[
				`${mark} before it, and no directory`,
				Buffer.concat([Buffer.from(mark, "hex"), zip([file], { truncated: true })]),
				"archive-format",
			] as const,
	),
	[
		"no directory inside",
		zip([{ name: "i", data: zip([file], { truncated: true }) }]),
		"unreadable-archive",
	],
	["half a directory", zip([file]).subarray(0, -30), "unreadable-archive"],
	["bytes behind its end", Buffer.concat([zip([file]), text]), "unreadable-archive"],
	["bytes before it", Buffer.concat([text, zip([file])]), "unreadable-archive"],
	[
		"bytes before it and behind its end",
		Buffer.concat([text, zip([file]), text]),
		"unreadable-archive",
	],
	[
		"bytes before and behind its end inside",
		zip([{ name: "i", data: Buffer.concat([text, zip([file]), text]), method: 0 }]),
		"unreadable-archive",
	],
	["bytes in a gap", zip([file], { gap: text }), "unreadable-archive"],
	[
		"a member that the directory lacks",
		zip([file, { name: "b", data: text, hidden: true }]),
		"unreadable-archive",
	],
	[
		"a comment with another end",
		zip([file], { comment: zip([]).toString("latin1") }),
		"unreadable-archive",
	],
	[
		"a zip at the end of a member",
		zip([{ name: "a.jpg", data: Buffer.concat([noise, zip([file])]) }]),
		"unreadable-archive",
	],
	[
		"two sizes, of which programs take one or the other",
		tar([pax({ size: "1536" }), pax({ mtime: "1" }), file, { name: "b", data: Buffer.alloc(512) }]),
		"unreadable-archive",
	],
	[
		"two lines of one attribute",
		tar(
			[pax({ path: "a" }), file].map((member, i) =>
				i === 0
					? {
							...member,
							data: Buffer.concat([
								pax({ path: "a" }).data ?? text,
								pax({ path: "b" }).data ?? text,
							]),
						}
					: member,
			),
		),
		"unreadable-archive",
	],
	[
		"a kind of file in an extra field that libarchive reads",
		zip([{ ...file, extra: libarchiveAttributes(0o120777) }]),
		"unreadable-archive",
	],
	...["0", "\0", "7"].map((type): [string, Buffer, string] => [
		`a folder of the type ${JSON.stringify(type)} with data, which some programs read as members`,
		tar([{ name: "folder/", type, data: text }, file]),
		"unreadable-archive",
	]),
	["a size that is no number", tar([pax({ size: "0x10" }), file]), "unreadable-archive"],
	[
		"too few entries stated",
		zip([file, { ...file, name: "b" }], { stated: 1 }),
		"unreadable-archive",
	],
	["too many entries stated", zip([file], { stated: 2 }), "unreadable-archive"],
	["another name in the directory", zip([{ ...file, centralName: "b.txt" }]), "unreadable-archive"],
	["a size that is a lie", zip([{ ...file, claims: { unpacked: 10 } }]), "unreadable-archive"],
	[
		"a size behind the data that is a lie",
		zip([{ ...file, descriptor: true, claims: { unpacked: 10 } }]),
		"unreadable-archive",
	],
	["a packed size that is a lie", zip([{ ...file, claims: { packed: 5 } }]), "unreadable-archive"],
	["a wrong digest", zip([{ ...file, claims: { crc: 1 } }]), "unreadable-archive"],
	["damaged data", zip([{ ...file, packed: Buffer.from("not deflated") }]), "unreadable-archive"],
	[
		"a streamed stored member inside",
		zip([{ name: "i", data: zip([{ ...file, method: 0, descriptor: true }]) }]),
		"unreadable-archive",
	],
	["half a gzip", gzipSync(noise).subarray(0, 1_000), "unreadable-archive"],
	["bytes behind a gzip", Buffer.concat([gzipSync(text), text]), "unreadable-archive"],
	["half a tar", tar([file]).subarray(0, 600), "unreadable-archive"],
	["bytes behind a tar", Buffer.concat([tar([file]), text]), "unreadable-archive"],
	["a sparse tar", tar([pax({ "GNU.sparse.major": "1" }), file]), "unreadable-archive"],
	["an unknown member of a tar", tar([{ name: "a", type: "S" }]), "unreadable-archive"],
	["alz", Buffer.concat([Buffer.from("414c5a01", "hex"), noise]), "archive-format"],
	["egg", Buffer.concat([Buffer.from("454747410001", "hex"), noise]), "archive-format"],
	[
		"a disc of a virtual machine",
		Buffer.concat([Buffer.from("4b444d5601000000", "hex"), noise]),
		"archive-format",
	],
	["7z", Buffer.concat([Buffer.from("377abcaf271c", "hex"), noise]), "archive-format"],
	...Object.entries({
		ar: "213c617263683e0a",
		rpm: "edabeedb0300",
		lzop: "894c5a4f000d0a1a0a",
		lzma: "5d00008000ffffffffffffffff",
		"lzma of a known size": "5d00008000e803000000000000",
		"zstd behind a frame that is skipped": "532a4d1804000000aabbccdd28b52ffd",
		"lz4 of old": "02214c18",
		squashfs: "68737173",
		chm: "49545346",
	}).map(
		([format, magic]) =>
			[format, Buffer.concat([Buffer.from(magic, "hex"), noise]), "archive-format"] as const,
	),
	["the image of a disc", discImage, "archive-format"],
	["the image of a disc inside", zip([{ name: "a", data: discImage }]), "archive-format"],
	["members that share their bytes", sharedMember, "unreadable-archive"],
	["one of several volumes", changed(zip([file]), "504b0506", 4, 1), "unreadable-archive"],
	[
		"a number of entries for one volume that is a lie",
		changed(zip([file]), "504b0506", 8, 2),
		"unreadable-archive",
	],
	[
		"one of several volumes, in 64 bits",
		changed(zip([file], { zip64: true }), "504b0606", 16, 1),
		"unreadable-archive",
	],
	[
		"a 64-bit end elsewhere",
		changed(zip([file], { zip64: true }), "504b0607", 8, 3),
		"unreadable-archive",
	],
	[
		"a 64-bit number of entries that is a lie",
		changed(zip([file], { zip64: true }), "504b0606", 24, 99),
		"unreadable-archive",
	],
	[
		"a second gzip that is cut off",
		Buffer.concat([gzipSync(text), gzipSync(noise).subarray(0, 99)]),
		"unreadable-archive",
	],
	[
		"a path for all members of a tar",
		tar([{ ...pax({ path: "/etc/passwd" }), type: "g" }, file]),
		"unreadable-archive",
	],
	[
		"the same for one volume",
		changed(zip([file], { zip64: true }), "504b0606", 32, 99),
		"unreadable-archive",
	],
	["deflate64", zip([{ ...file, method: 9, packed: deflateRawSync(text) }]), "archive-format"],
	[
		"xz inside",
		zip([{ name: "a.xz", data: Buffer.concat([Buffer.from("fd377a585a00", "hex"), text]) }]),
		"archive-format",
	],
] as const)("Unscannable: %s", async (_name, bytes, reason) => {
	expect(await runSteps([archiveLimits()], await serveObject(bytes))).toMatchObject({
		verdict: "unscannable",
		reason,
	});
});
