import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { runSteps, type StepsResult } from "../../../src/events/run-steps.js";
import { checksum } from "../../../src/events/steps/checksum.js";
import { type SniffTypeOptions, sniffType } from "../../../src/events/steps/sniff-type.js";
import { zip } from "../../support/archives.js";
import { avif, bmp, gif, jpeg, png, tiff, webp } from "../../support/images.js";
import { serveObject } from "../../support/range-server.js";

/** @param as - The declared type, a space, and the name. */
async function look(
	content: Uint8Array | string,
	as: string,
	options?: SniffTypeOptions,
): Promise<StepsResult> {
	const [contentType = "", key = ""] = as.split(" ");
	const served = await serveObject(Buffer.from(content), { contentType, key });
	return runSteps([sniffType(options)], served);
}
const short = ({ verdict, reason }: StepsResult): string => `${verdict} ${reason ?? ""}`.trim();

const html = "<!DOCTYPE html><html><script>alert(1)</script></html>";
const svg = (inside = "<circle r='4'/>", head = ""): string =>
	`${head}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">${inside}</svg>`;
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
const withEnd = (file: Uint8Array, end: string): Buffer =>
	Buffer.concat([file, Buffer.from(end, "latin1")]);
/** With stuffed bytes, restarts, fill bytes and a table between two scans. */
const progressive = Buffer.concat([
	jpeg(9, 9).subarray(0, -2),
	Buffer.from("12ff0034ffd0ff00ffffc4000501ffd9ffda0008010100003f00aaff00", "hex"),
	Buffer.from("ffd9", "hex"),
]);
const animatedGif = Buffer.concat([
	Buffer.from("GIF89a\x09\0\x09\0\x80\0\0", "latin1"),
	Buffer.alloc(6),
	Buffer.from(
		"21ff0b4e45545343415045322e3003010000002c00000000010001008000003b003b3b0202440100",
		"hex",
	),
	Buffer.from("00", "hex"),
	Buffer.from("21fe063b3c623e3b3b0000", "hex"),
	gif(9, 9).subarray(13),
]);
const pngWithText = Buffer.concat([
	png(9, 9).subarray(0, -12),
	Buffer.from("0000000e", "hex"),
	Buffer.from("tEXt"),
	Buffer.from("a\0"),
	png(9, 9).subarray(-12),
	Buffer.alloc(4),
	png(9, 9).subarray(-12),
]);
const ooxml = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const docx = zip([
	{
		name: "[Content_Types].xml",
		data: Buffer.from(`<Types><Override ContentType="${ooxml}.main+xml"/></Types>`),
	},
	{ name: "word/document.xml", data: Buffer.from("<w/>") },
]);

test.each([
	["a PNG", png(9, 9), "image/png a.png"],
	["a JPEG with another name of its type", jpeg(9, 9), "image/jpg a.JPEG"],
	[
		"a JPEG with pictures behind its end",
		Buffer.concat([jpeg(9, 9), jpeg(9, 9), Buffer.from("SEFT")]),
		"image/jpeg a.jpg",
	],
	[
		"a JPEG with a film behind its end, as phones make it",
		withEnd(jpeg(9, 9), "\0\0\0\x18ftypmp42\0\0\0\0mp42isom"),
		"image/jpeg a.jpg",
	],
	["a JPEG with a text behind its end", withEnd(jpeg(9, 9), '{"scene":3}'), "image/jpeg a.jpg"],
	["a JPEG in several scans", progressive, "image/jpeg a.jpg"],
	["a JPEG that was cut off", jpeg(9, 9).subarray(0, -2), "image/jpeg a.jpg"],
	["a GIF", gif(9, 9), "image/gif a.gif"],
	["a GIF with zeros behind it", withEnd(gif(9, 9), "\0".repeat(500)), "image/gif a.gif"],
	["an animated GIF with colors and a comment", animatedGif, "image/gif a.gif"],
	["a PNG with an end inside of a text", pngWithText, "image/png a.png"],
	["an animated PNG", png(9, 9, { frames: 2 }), "image/png a.png"],
	["a WebP with zeros behind it", withEnd(webp(9, 9), "\0\0"), "image/webp a.webp"],
	["a WebP", webp(9, 9), "image/webp a.webp"],
	["an AVIF", avif(9, 9), "image/avif a.avif"],
	["a BMP", bmp(9, 9), "image/bmp a.bmp"],
	["a TIFF", tiff([[9, 9]]), "image/tiff a.tif"],
	["a PDF", "%PDF-1.7\n%\x00", "application/pdf a.pdf"],
	["a zip", zip([{ name: "a" }]), "application/x-zip-compressed a.zip"],
	["a zip of a kind that is only named", zip([{ name: "a" }]), "application/epub+zip a.epub"],
	["a docx", docx, `${ooxml} a.docx`],
	["a docx as a zip", docx, "application/zip a.zip"],
	["a gzip", gzipSync("a"), "application/gzip a.tgz"],
	["html", html, "text/html a.html"],
	[
		"xhtml",
		`${declaration}<html xmlns="http://www.w3.org/1999/xhtml"/>`,
		"application/xhtml+xml a.xhtml",
	],
	["svg", svg(), "image/svg+xml a.svg"],
	["svg with a declaration", svg("", declaration), "image/svg+xml; a.svg"],
	[
		"svg with a font and a picture inside",
		svg('<image href="data:image/png;base64,AA"/>'),
		"image/svg+xml a.svg",
	],
	[
		"svg with the document type of its standard",
		svg(
			"",
			`${declaration}<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">`,
		),
		"image/svg+xml a.svg",
	],
	["svg behind comments", svg("", "\ufeff <!-- a --> <!-- b > c -->"), "image/svg+xml a.svg"],
	["svg with a comment that looks like a prefix", svg("<!--todo:video -->"), "image/svg+xml a.svg"],
	...["utf-16le", "ascii", "latin1", "iso8859-1", "cp1252"].map(
		(charset): [string, string, string] => [
			`svg of the encoding ${charset}`,
			svg(),
			`image/svg+xml;charset=${charset} a.svg`,
		],
	),
	["xml with a tag of HTML", "<form><a/></form>", "application/xml a.xml"],
	[
		"xml behind an instruction with an angle",
		`${declaration}<?a b=">"?><!DOCTYPE plist SYSTEM "local.dtd"><plist/>`,
		"application/xml a.plist",
	],
	["a text of nothing but a comment", "<!-- nothing -->", "text/plain a.txt"],
	["xml", `${declaration}<feed/>`, "application/atom+xml a.xml"],
	["csv", "a,b\n1,2\n", "text/csv a.csv"],
	["csv in UTF-16", Buffer.from("\ufeffa,b\n1,2\n", "utf16le"), "text/csv a.csv"],
	["a text in Latin-1", Buffer.from("Gr\xfc\xdfe", "latin1"), "text/plain a.txt"],
	["a text that begins like a bitmap", "BMW is a company", "text/plain a.txt"],
	["a text that begins with an angle", "<DRAFT!> keys", "text/plain a.txt"],
	["json", '{"a":1}', "application/json a.json"],
	["script", "alert(1)", "text/javascript a.js"],
	[
		"markdown that begins with a tag",
		"<h1 align=center>Title</h1>\n\nText",
		"text/markdown README.md",
	],
	["an empty text", "", "text/plain a.txt"],
	["anything without a type", randomBytes(99), " a"],
	["anything as octets", randomBytes(99), "application/octet-stream a.bin"],
	["a PNG as octets", png(9, 9), "application/octet-stream a.png"],
	["an extension that says nothing", png(9, 9), "image/png a.v2"],
])("Clean: %s", async (_name, content, as) => {
	const result = await look(content, as);
	expect(`${short(result)} ${result.detail ?? ""}`).toBe("clean ");
});

test.each([
	["html named .png", html, "image/png a.png"],
	["html named .png that declares itself", html, "text/html a.png"],
	["html named .png as octets", html, "application/octet-stream a.png"],
	["html in a text", ` \n<!-- x --><ScRiPt>alert(1)</script>`, "text/plain a.txt"],
	["html in UTF-16", Buffer.from(`\ufeff${html}`, "utf16le"), "text/csv a.csv"],
	["html behind a byte order mark", `\ufeff${html}`, "image/gif a.gif"],
	["html behind a kilobyte of white space", `${" \n".repeat(700)}${html}`, "text/plain a.txt"],
	["html behind five kilobytes of comment", `<!--${"x".repeat(5_000)}-->${html}`, "text/csv a.csv"],
	["a comment longer than what is looked at", `<!--${"x".repeat(70_000)}`, "text/plain a.txt"],
	["html as a type that nobody knows", html, "application/x-acme a"],
	["svg as xml", svg("", declaration), "application/xml a.xml"],
	["svg as a PNG", svg(), "image/png a.png"],
	["svg with another prefix", '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', "text/plain a"],
	[
		"xhtml as xml",
		`${declaration}<html xmlns="http://www.w3.org/1999/xhtml"/>`,
		"application/xml a",
	],
	["xml as csv", `${declaration}<a/>`, "text/csv a.csv"],
	["text as a picture", "alert(1)", "image/jpeg a.jpg"],
	["text as svg", "hello", "image/svg+xml a.svg"],
	["a PNG as a JPEG", png(9, 9), "image/jpeg a.jpg"],
	["a PNG named .jpg", png(9, 9), "image/png a.jpg"],
	[
		"a program named .pdf",
		Buffer.concat([Buffer.from("MZ"), Buffer.alloc(200)]),
		"application/pdf a.pdf",
	],
	[
		"a docx as xlsx",
		docx,
		"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet a.xlsx",
	],
	["noise as a PNG", randomBytes(500), "image/png a.png"],
	["an empty PNG", "", "image/png a.png"],
	[
		"the first bytes of a PNG with html",
		Buffer.concat([png(1, 1).subarray(0, 8), Buffer.from(html)]),
		"image/png a.png",
	],
	["a GIF that is a script", "GIF89a/*................*/=1;alert(1);", "image/gif a.gif"],
])("Another type: %s", async (_name, content, as) => {
	expect(short(await look(content, as))).toBe("infected type-mismatch");
});

test.each(["<!-- --!>", "<!-->", "<!--->", "<!x>", "</x>", "<?x>"])(
	"HTML behind %s, which is a comment to browsers, is no text",
	async (comment) => {
		expect(short(await look(`${comment}<p>`, "text/plain a.txt"))).toBe("infected type-mismatch");
	},
);

test.each([
	["a zip behind a PNG", Buffer.concat([png(9, 9), zip([{ name: "a" }])]), "image/png a.png"],
	["a zip behind a JPEG", Buffer.concat([jpeg(9, 9), zip([{ name: "a" }])]), "image/jpeg a.jpg"],
	[
		"a jar behind a GIF",
		Buffer.concat([gif(9, 9), zip([{ name: "META-INF/MANIFEST.MF" }])]),
		"image/gif a.gif",
	],
	[
		"a zip behind a JPEG, with more behind it",
		Buffer.concat([jpeg(9, 9), zip([{ name: "a" }]), randomBytes(99)]),
		"image/jpeg a.jpg",
	],
	[
		"a zip behind a PDF",
		Buffer.concat([Buffer.from("%PDF-1.7\n\x00"), zip([{ name: "a" }])]),
		"application/pdf a.pdf",
	],
	[
		"a PDF in a JPEG",
		Buffer.concat([jpeg(9, 9).subarray(0, 20), Buffer.from("%PDF-1.4"), jpeg(9, 9)]),
		"image/jpeg a.jpg",
	],
	["html behind a PNG", Buffer.concat([png(9, 9), Buffer.from(html)]), "image/png a.png"],
	["html behind a GIF", Buffer.concat([gif(9, 9), Buffer.from(html)]), "image/gif a.gif"],
	[
		"html behind a PNG, and a copy of the PNG's end behind it",
		Buffer.concat([png(9, 9), Buffer.from(html), png(9, 9).subarray(-12)]),
		"image/png a.png",
	],
	["a PNG behind a PNG", Buffer.concat([png(9, 9), png(9, 9)]), "image/png a.png"],
	["html behind an animated PNG", withEnd(png(9, 9, { frames: 2 }), html), "image/apng a.png"],
	[
		"html behind a GIF, and a copy of the GIF's end behind it",
		Buffer.concat([gif(9, 9), Buffer.from(html), gif(9, 9).subarray(-1)]),
		"image/gif a.gif",
	],
	[
		"a GIF whose blocks end in something else",
		Buffer.concat([gif(9, 9).subarray(0, -1), Buffer.from(`${html};`)]),
		"image/gif a.gif",
	],
	[
		"a GIF with zeros and html behind it",
		Buffer.concat([gif(9, 9), Buffer.alloc(70_000), Buffer.from(`${html};`)]),
		"image/gif a.gif",
	],
	["a cut PNG", png(9, 9).subarray(0, -12), "image/png a.png"],
	["html behind a WebP", withEnd(webp(9, 9), html), "image/webp a.webp"],
	["html behind a JPEG", withEnd(jpeg(9, 9), `\0\0 \n${html}`), "image/jpeg a.jpg"],
	["svg behind a JPEG", withEnd(jpeg(9, 9), svg()), "image/jpeg a.jpg"],
	["html and a zero behind a JPEG", withEnd(jpeg(9, 9), `${html}\0`), "image/jpeg a.jpg"],
	[
		"a 7z behind a JPEG and many zeros",
		withEnd(jpeg(9, 9), `${"\0".repeat(200_000)}7z\xbc\xaf\x27\x1c`),
		"image/jpeg a.jpg",
	],
	[
		"a rar behind a JPEG, and the JPEG's end behind it",
		Buffer.concat([jpeg(9, 9), Buffer.from("Rar!\x1a\x07\x01\0"), jpeg(9, 9).subarray(-2)]),
		"image/jpeg a.jpg",
	],
	["a 7z behind a JPEG", withEnd(jpeg(9, 9), "7z\xbc\xaf\x27\x1c"), "image/jpeg a.jpg"],
])("Two files at once: %s", async (_name, content, as) => {
	expect(short(await look(content, as))).toBe("infected two-files");
});

test.each([
	["a type that the content cannot tell", randomBytes(500), "model/obj a.obj", "unknown-type"],
	["a text of a type that nobody knows", "solid cube", "model/obj a.obj", "unknown-type"],
	[
		"an encoding that hides tags",
		svg("", '<?xml version="1.0" encoding="UTF-7"?>'),
		"image/svg+xml a.svg",
		"unknown-encoding",
	],
	[
		"an encoding of the content type that hides tags",
		svg("<scr\x1b(Bipt>alert(1)</scr\x1b(Bipt>"),
		"image/svg+xml;charset=iso-2022-jp a.svg",
		"unknown-encoding",
	],
	["an svg that is too long", svg(" ".repeat(5_000_000)), "image/svg+xml a.svg", "scan-limit"],
	["bytes behind a GIF", withEnd(gif(9, 9), "\x07junk"), "image/gif a.gif", "trailing-bytes"],
	[
		"a line break behind a WebP",
		withEnd(webp(9, 9), "\r\n"),
		"image/webp a.webp",
		"trailing-bytes",
	],
])("Unscannable: %s", async (_name, content, as, reason) => {
	expect(short(await look(content, as))).toBe(`unscannable ${reason}`);
});

test("A type in `unverified` counts, except for what a browser would run", async () => {
	const options = { unverified: ["model/*", "application/x-acme"] };
	expect(short(await look(randomBytes(500), "model/obj a.obj", options))).toBe("clean");
	expect(short(await look("text", "application/x-acme a", options))).toBe("clean");
	expect(short(await look(html, "application/x-acme a", options))).toBe("infected type-mismatch");
	expect(short(await look(randomBytes(500), "application/x-other a", options))).toBe(
		"unscannable unknown-type",
	);
});

test.each([
	["white space", svg(" ".repeat(4_000_000))],
	["document types", svg("<!doctype ".repeat(400_000))],
	["attributes", svg(`<a ${"on".repeat(2_000_000)}`)],
	["links", svg("data:".repeat(800_000))],
	["tags", svg("<a".repeat(2_000_000))],
	["prefixes", svg(`<${"a:".repeat(2_000_000)}`)],
])("Megabytes of %s are looked through at once", async (_name, content) => {
	const start = process.cpuUsage();
	await look(content, "image/svg+xml a.svg");
	const { user } = process.cpuUsage(start);
	// quadratic work would take minutes
	expect(user).toBeLessThan(20e6);
});

test("The type that was found is a fact, and only both ends are read", async () => {
	const large = Buffer.concat([jpeg(9, 9), randomBytes(5_000_000)]);
	const result = await look(large, "image/jpeg a.jpg");
	expect(result).toMatchObject({ verdict: "clean", facts: { type: "image/jpeg" } });
	expect(result.bytesRead).toBeLessThan(300_000);
});

test("A picture is walked to its end in one reading with the other steps", async () => {
	const size = 30_000_000;
	const picture = Buffer.alloc(12);
	picture.writeUInt32BE(size, 0);
	picture.write("IDAT", 4);
	const head = png(9, 9).subarray(0, 33);
	const end = png(9, 9).subarray(-12);
	const whole = Buffer.concat([head, picture.subarray(0, 8), Buffer.alloc(size + 4), end]);
	for (const [content, verdict] of [
		[whole, "clean"],
		[Buffer.concat([whole, Buffer.from(html), end]), "infected"],
	] as const) {
		const served = await serveObject(content, { contentType: "image/png", key: "a.png" });
		const result = await runSteps([sniffType(), checksum()], served);
		expect(result.verdict).toBe(verdict);
		expect(result.bytesRead).toBeLessThanOrEqual(content.length);
	}
});

test("Options that make no sense are refused", () => {
	expect(() => sniffType({ unverified: ["obj"] })).toThrow(TypeError);
	expect(() => sniffType({ types: [] } as never)).toThrow(/types/);
});
