/** Escaped markup. */
export type Xml = string & { readonly markup: true };

const asXml = (text: string): Xml => text as Xml;

const entities: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
};

// control characters are legal in keys, and a parser would turn a bare CR into LF
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
const escapes = /[&<>"\u0000-\u001f]/g;

/** Escapes text. */
export function escaped(text: string): Xml {
	return asXml(
		text.replace(escapes, (char) => entities[char] ?? `&#x${char.charCodeAt(0).toString(16)};`),
	);
}

/** An element with text; nothing for undefined. */
export function leaf(name: string, text: string | number | boolean | undefined): Xml {
	return asXml(text === undefined ? "" : `<${name}>${escaped(String(text))}</${name}>`);
}

/** An element with child elements. */
export function tree(name: string, children: readonly Xml[]): Xml {
	return asXml(`<${name}>${children.join("")}</${name}>`);
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A response document in the namespace of S3. */
export function xmlDocument(name: string, children: readonly Xml[]): string {
	return `${declaration}<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join("")}</${name}>`;
}

/** An error document, which S3 sends without a namespace. */
export function xmlError(children: readonly Xml[]): string {
	return `${declaration}${tree("Error", children)}`;
}
