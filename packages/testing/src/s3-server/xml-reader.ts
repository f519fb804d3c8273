import { S3Error } from "./s3-error.js";

/** An element with its text (white space trimmed) and its child elements, namespaces dropped. */
export interface XmlElement {
	readonly name: string;
	readonly text: string;
	readonly children: readonly XmlElement[];
}

/** The body is not well-formed, or lacks an element. */
export function malformedXml(): S3Error {
	return new S3Error(
		"MalformedXML",
		"The XML you provided was not well-formed or did not validate against our published schema",
	);
}

// One token: a tag (closing slash, name, attributes, empty slash), or a run of text. Comments, DOCTYPE
// and CDATA do not match and are refused: no S3 client sends them.
const token =
	/<(\/?)(?:[\w.-]+:)?([A-Za-z_][\w.-]*)(?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|([^<]+)/y;

const named: Readonly<Record<string, string>> = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: '"',
	apos: "'",
};

function unescapeText(text: string): string {
	return text.replace(
		/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w*));?/gi,
		(match, hex, decimal, name) => {
			const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
			const value = name === undefined ? undefined : named[name];
			if (!match.endsWith(";")) throw malformedXml();
			if (value !== undefined) return value;
			if (Number.isNaN(code) || code > 0x10ffff) throw malformedXml();
			return String.fromCodePoint(code);
		},
	);
}

interface OpenElement {
	readonly name: string;
	text: string;
	readonly children: XmlElement[];
}

const closed = ({ name, text, children }: OpenElement): XmlElement => ({
	name,
	text: text.trim(),
	children,
});

/** Parses a document. Throws `MalformedXML` for anything but elements and text. */
export function readXml(source: string): XmlElement {
	const text = source.replace(/^\uFEFF?\s*<\?xml[^>]*\?>/, "").trim();
	const root: OpenElement = { name: "", text: "", children: [] };
	const open: OpenElement[] = [root];
	token.lastIndex = 0;
	while (token.lastIndex < text.length) {
		const match = token.exec(text);
		const current = open.at(-1);
		if (match === null || current === undefined) throw malformedXml();
		const [, slash, name, empty, words] = match;
		if (words !== undefined) current.text += unescapeText(words);
		else if (name === undefined) throw malformedXml();
		else if (slash) {
			if (current.name !== name || open.length < 2) throw malformedXml();
			open.pop();
			open.at(-1)?.children.push(closed(current));
		} else if (empty) current.children.push({ name, text: "", children: [] });
		else open.push({ name, text: "", children: [] });
	}
	const [document, ...others] = root.children;
	if (document === undefined || others.length > 0 || open.length > 1 || root.text.trim() !== "") {
		throw malformedXml();
	}
	return document;
}

/** The text of the only child of that name; undefined when there is none. */
export function childText(element: XmlElement, name: string): string | undefined {
	const [first, ...others] = element.children.filter((child) => child.name === name);
	if (others.length > 0) throw malformedXml();
	return first?.text;
}

/** The children of that name, in order. */
export function childrenNamed(element: XmlElement, name: string): readonly XmlElement[] {
	return element.children.filter((child) => child.name === name);
}
