/** Kinds of text that programs treat differently. */
export type TextType = "html" | "xhtml" | "svg" | "xml" | "text";

/** Bytes that no text has: https://mimesniff.spec.whatwg.org/#binary-data-byte */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const binary = /[\0-\x08\x0b\x0e-\x1a\x1c-\x1f]/;

/** The text of a file, by its byte order mark; undefined for a binary file. */
export function textOf(bytes: Uint8Array): string | undefined {
	const hex = Buffer.from(bytes.subarray(0, 4)).toString("hex");
	const encoding = hex.startsWith("fffe")
		? "utf-16le"
		: hex.startsWith("feff")
			? "utf-16be"
			: "utf-8";
	const text = new TextDecoder(encoding).decode(bytes);
	return binary.test(text) ? undefined : text;
}

// https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
const htmlTags =
	/^<(?:!doctype\s+html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|img|svg:script|meta|link|form|object|embed|base|frameset|span|center|input|video|audio)(?=[\s>/])/i;

/**
 * What a text is, by what it begins with.
 *
 * @param asXml - Whether a browser is told that it is XML, and reads tags that HTML has too as XML.
 */
export function textType(text: string, asXml: boolean): TextType {
	const isXml = asXml || /^\s*<\?xml\s/.test(text);
	const begin = skipProlog(text, isXml);
	const root = /^<(?:[\w.-]+:)?([\w.-]+)/.exec(begin)?.[1]?.toLowerCase();
	if (root === "svg") return "svg";
	// its end is not in sight, nor what follows
	if (begin.startsWith("<!--")) return isXml ? "xml" : "html";
	if (root === "html" && (isXml || /1999\/xhtml/.test(begin))) return "xhtml";
	if ((!isXml && htmlTags.test(begin)) || /^\s*<!doctype\s+html/i.test(text)) return "html";
	return (isXml && root !== undefined) || /^\s*<\?xml\s|^<[\w.:-]+(?:\s[^<>]*)?\/?>/.test(begin)
		? "xml"
		: "text";
}

/** Leaves out white space, comments, instructions and the document type. */
function skipProlog(text: string, isXml: boolean): string {
	let rest = text;
	for (;;) {
		const next = rest
			.replace(/^\s+/, "")
			.replace(/^<!--(?:-?>|[\s\S]*?--!?>)/, "")
			// to HTML it is a comment, and ends at the first angle
			.replace(isXml ? /^<\?[\s\S]*?(?:\?>|$)/ : /^<[?!/](?!--|doctype\s)[^>]*>/i, "")
			.replace(/^<!doctype(?!\s+html)[^[>]*(?:\[[\s\S]*?\]\s*)?>/i, "");
		if (next === rest) return rest;
		rest = next;
	}
}

// names of XML have letters of any script, and some that \s counts as spaces: U+FEFF and U+1680
const prefix = "(?:[^ \\t\\r\\n<>/=\"'!?]+:)?";

const dangers: readonly (readonly [what: string, pattern: RegExp])[] = [
	["a script", new RegExp(`</?${prefix}(?:script|handler|listener)[\\s>/]`, "i")],
	["an event handler", /[\s"'/]on[a-z]+\s*=|attributename\s*=\s*["']\s*on/i],
	[
		"foreign content",
		new RegExp(`<${prefix}(?:foreignobject|iframe|embed|object|audio|video)[\\s>/]`, "i"),
	],
	["XHTML", /1999\/xhtml/i],
	["an entity", /<!entity|<!doctype[^<>]*\[/i],
	["an attribute by default", /<!attlist/i],
	[
		"a document type from elsewhere",
		/<!doctype[^<>]*?["']\s*(?:[a-z][a-z\d+.-]*:)?\/\/(?!(?:[\w-]+\.)*(?:w3\.org|apple\.com|musicxml\.org|oasis-open\.org|sun\.com|netscape\.com)\/)/i,
	],
	["a style sheet elsewhere", /<\?xml-stylesheet|@import[\s"'(/u]|@[a-z]{0,5}\\[\da-f]/i],
	["a link that is a script", /(?:java|vb)script:/i],
	[
		"a data link",
		/data:(?!image\/(?:png|jpeg|gif|webp|avif)[;,]|(?:application|font)\/[\w.-]*(?:font|woff2?|ttf|otf)[\w.-]*[;,])[\w.+-]*[/;,]/i,
	],
];

/** What in an SVG or XML a browser would run or load; undefined where there is nothing. */
export function activeContent(text: string): string | undefined {
	// as a parser sees attributes: without references, and in links without white space
	const decoded = text.replace(
		/&(?:#x0*([\da-f]{1,6})|#0*(\d{1,7})|(tab|newline|colon));?/gi,
		(_, hex, dec, name) => {
			if (name) return name.toLowerCase() === "colon" ? ":" : "";
			const code = hex ? Number.parseInt(hex, 16) : Number(dec);
			return code <= 0x10ffff ? String.fromCodePoint(code) : "";
		},
	);
	// browsers ignore them in links
	const joined = decoded.replace(/(?<![\0-\x20])[\0-\x20]+(?=[a-z:])/gi, "");
	return dangers.find(
		([what, pattern]) => pattern.test(decoded) || (what.includes("link") && pattern.test(joined)),
	)?.[0];
}

/**
 * Whether the encodings that an XML and its content type declare are such in which the patterns above are found. In
 * others, as in ISO-2022-JP, a tag may have bytes inside that leave no trace in the text.
 */
export function isPlainEncoding(text: string, contentType = ""): boolean {
	const inText = /^\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']/i.exec(text)?.[1];
	const inType = contentType.matchAll(/charset\s*=\s*["']?([^\s"';,]*)/gi);
	return [inText, ...Array.from(inType, ([, name]) => name)].every(
		(name) =>
			!name ||
			/^(?:utf-?(?:8|16(?:le|be)?)|(?:us-)?ascii|latin-?1|iso[-_]?8859-\d+|(?:windows-|cp)125\d)$/i.test(
				name,
			),
	);
}
