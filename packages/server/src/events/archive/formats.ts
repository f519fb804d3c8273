import { isTarHeader } from "./walk-tar.js";

/** Formats that hold other files or packed ones, by their first bytes in hex. */
const magics: readonly (readonly [format: string, hex: RegExp])[] = [
	["zip", /^504b(?:0304|0506)/],
	// some programs unpack what begins with any record of a zip, or with the mark of one volume
	["split zip", /^504b(?:0708|3030|0102|0606|0607)/],
	["gzip", /^1f8b08/],
	["bzip2", /^425a683[1-9](?:314159265359|177245385090)/],
	["xz", /^fd377a585a00/],
	["7z", /^377abcaf271c/],
	["rar", /^526172211a07/],
	// frames that are skipped may stand in front of either
	["zstd or lz4", /^5[0-9a-f]2a4d18/],
	["zstd", /^28b52ffd/],
	["lz4", /^(?:04224d|02214c)18/],
	["lzip", /^4c5a4950/],
	["cab", /^4d534346/],
	["compress", /^1f9d[89][09a-f]/],
	["alz", /^414c5a01/],
	["egg", /^454747410001/],
	["arj", /^60ea..0[0-9a].{12}02/],
	["cpio", /^30373037303[127]/],
	["xar", /^78617221/],
	["wim", /^4d5357494d000000/],
	["ar", /^213c617263683e0a/],
	["rpm", /^edabeedb/],
	["lzop", /^894c5a4f000d0a1a0a/],
	// the size is unknown, or below a terabyte
	["lzma", /^5d0000....(?:f{16}|[0-9a-f]{10}000000)/],
	["squashfs", /^(?:68737173|73717368)/],
	["chm", /^49545346/],
	// VMDK, QCOW, VHDX
	["disc of a virtual machine", /^(?:4b444d560[1-3]000000|514649fb|7668647866696c65)/],
];

/** Where the image of a disc has its mark: ECMA-119, section 8.1, and ECMA-167, part 2, section 9.1 */
const discMark = 32_769;

/** Bytes that {@link archiveFormat} looks at. */
export const headLength: number = discMark + 5;

/** The archive format that a file begins like; undefined for any other file. */
export function archiveFormat(head: Buffer): string | undefined {
	const hex = head.toString("hex", 0, 16);
	const found = magics.find(([, magic]) => magic.test(hex));
	if (found) return found[0];
	const isOldAce = head.toString("latin1", 7, 14) === "**ACE**";
	if (isOldAce) return "ace";
	if (/^(?:CD001|BEA01)$/.test(head.toString("latin1", discMark, discMark + 5))) return "iso";
	const lha = /^-(?:lh|lz|pm)[\w]-$/.test(head.toString("latin1", 2, 7));
	return lha ? "lha" : isTarHeader(head) ? "tar" : undefined;
}
