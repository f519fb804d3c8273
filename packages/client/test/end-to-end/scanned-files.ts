import { randomBytes } from "node:crypto";
import { eicar } from "../../../../tools/start-clamd.js";
import { zip } from "../../../server/test/support/archives.js";
import { png } from "../../../server/test/support/images.js";

/** A file, and where it belongs after the upload: its state, and the reason or the verdict. */
export interface ScannedFile {
	readonly about: string;
	readonly name: string;
	readonly content: Buffer;
	readonly end: `${"available" | "rejected" | "held"} ${string}`;
}

const mib = 2 ** 20;

/** What clamd reads of a file, in the tests. */
export const clamdReads: number = 8 * mib;

const noise = randomBytes(100_000);
const bad = { name: "eicar.com", data: Buffer.from(eicar) };

/** EICAR packed by LZMA, method 14, with the header that zip wants. Unpackers find it; clamd does not. */
const packedByLzma = Buffer.from(
	"CQQFAF0AAIAAACwNReIjSzgJ/iQsW0s2kDHcSyQ1tjLfrzFMPN/POkt1c+WLyH6Js4Be95QfjanDHvpJbAX8hAVacfw5upJli5dDp914UJe//8QYoAA=",
	"base64",
);

const html = Buffer.from("<html><script>alert(1)</script></html>");

/** Each file that has to end in its own way. */
export const scannedFiles: readonly ScannedFile[] = [
	{ about: "a PNG", name: "photo.png", content: png(9, 9), end: "available clean" },
	{
		about: "a zip",
		name: "good.zip",
		content: zip([{ name: "a", data: noise }]),
		end: "available clean",
	},
	{
		about: "HTML named .png",
		name: "page.png",
		content: html,
		end: "rejected type-mismatch",
	},
	{
		about: "an SVG with a script",
		name: "drawing.svg",
		content: Buffer.from("<svg><script>alert(1)</script></svg>"),
		end: "rejected active-content",
	},
	{
		about: "an image that fills any memory",
		name: "huge.png",
		content: png(60_000, 60_000),
		end: "rejected too-many-pixels",
	},
	{ about: "EICAR", name: "eicar.bin", content: bad.data, end: "rejected malware" },
	{
		about: "EICAR in a zip in a zip",
		name: "nested.zip",
		content: zip([{ name: "inner.zip", data: zip([bad]) }]),
		end: "rejected malware",
	},
	{
		about: "a zip bomb",
		name: "bomb.zip",
		content: zip([{ name: "zeros", data: new Uint8Array(40 * mib) }]),
		end: "rejected archive-limit",
	},
	{
		about: "an archive with a symlink and ../",
		name: "leaving.zip",
		content: zip([
			{ name: "link", data: Buffer.from("/etc"), mode: 0o120777 },
			{ name: "../outside", data: noise },
		]),
		end: "rejected unsafe-archive",
	},
	{
		about: "an encrypted zip",
		name: "encrypted.zip",
		content: zip([{ name: "a", data: noise, flags: 1 }]),
		end: "held encrypted",
	},
	{
		about: "EICAR behind clamd's size limit",
		name: "behind.bin",
		content: Buffer.concat([Buffer.alloc(clamdReads), bad.data]),
		end: "held scan-limit",
	},
	{
		about: "EICAR in a zip of method 14",
		name: "lzma.zip",
		content: zip([{ ...bad, method: 14, flags: 2, packed: packedByLzma }]),
		end: "held archive-format",
	},
	{
		about: "EICAR in a zip without its directory",
		name: "cut.zip",
		content: zip([bad], { truncated: true }),
		end: "held unreadable-archive",
	},
];

/** A picture that is replaced while it is looked at. */
export const picture: Buffer = png(9, 9, { frames: 1 });

/** What takes its place, of the same size. */
export const otherPicture: Buffer = png(20, 20, { frames: 1 });
export const malware: Buffer = Buffer.concat([bad.data, Buffer.alloc(picture.length)]).subarray(
	0,
	picture.length,
);

const types: Readonly<Record<string, string>> = {
	png: "image/png",
	svg: "image/svg+xml",
	zip: "application/zip",
	bin: "application/octet-stream",
};

/** What a client declares for a name. */
export const typeOf = (name: string): string => types[name.split(".").at(-1) ?? ""] ?? "";
