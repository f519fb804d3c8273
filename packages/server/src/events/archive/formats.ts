import { isTarHeader } from "./walk-tar.js";

const ascii = (text: string): string => Buffer.from(text, "latin1").toString("hex");

/** Formats that hold other files or packed ones, by their first bytes in hex. */
const magics: readonly (readonly [format: string, hex: string])[] = [
	["zip", "504b0304"],
	["zip", "504b0506"],
	["split zip", "504b0708"],
	["gzip", "1f8b"],
	["bzip2", ascii("BZh")],
	["xz", "fd377a585a00"],
	["7z", "377abcaf271c"],
	["rar", ascii("Rar!\x1a\x07")],
	["zstd", "28b52ffd"],
	["lz4", "04224d18"],
	["lzip", ascii("LZIP")],
	["cab", ascii("MSCF")],
	["compress", "1f9d"],
	["compress", "1fa0"],
	["arj", "60ea"],
	["cpio", ascii("07070")],
	["cpio", "c771"],
	["ar", ascii("!<arch>\n")],
	["xar", ascii("xar!")],
	["wim", ascii("MSWIM\0\0\0")],
];

/** Bytes that {@link archiveFormat} looks at. */
export const headLength = 512;

/** The archive format that a file begins like; undefined for any other file. */
export function archiveFormat(head: Buffer): string | undefined {
	const hex = head.toString("hex", 0, 16);
	const found = magics.find(([, magic]) => hex.startsWith(magic));
	if (found) return found[0];
	const isOldAce = head.toString("latin1", 7, 14) === "**ACE**";
	if (isOldAce) return "ace";
	const lha = /^-(?:lh|lz|pm)[\w]-$/.test(head.toString("latin1", 2, 7));
	return lha ? "lha" : isTarHeader(head) ? "tar" : undefined;
}
