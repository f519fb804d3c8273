/** Markup that is ready to be sent. */
export type Xml = string & { readonly markup: true };

const asXml = (text: string): Xml => text as Xml;

const entities: Readonly<Record<string, string>> = {
	"&": "&amp;",
	"<": "&lt;",
	">": "&gt;",
	'"': "&quot;",
};

// control characters too: they are legal in keys, and a reader would fold a bare CR into LF
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to escape
const special = /[&<>"\u0000-\u001f]/g;

/** Text between tags. */
export function escaped(text: string): Xml {
	return asXml(
		text.replace(special, (char) => entities[char] ?? `&#x${char.charCodeAt(0).toString(16)};`),
	);
}

/** An element around text; nothing at all where there is no text. */
export function leaf(name: string, text: string | number | boolean | undefined): Xml {
	return asXml(text === undefined ? "" : `<${name}>${escaped(String(text))}</${name}>`);
}

/** An element around elements. */
export function tree(name: string, children: readonly Xml[]): Xml {
	return asXml(`<${name}>${children.join("")}</${name}>`);
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** A whole answer, in the namespace of S3. */
export function xmlDocument(name: string, children: readonly Xml[]): string {
	return `${declaration}<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${children.join("")}</${name}>`;
}

/** A whole refusal; S3 sends these without a namespace. */
export function xmlError(children: readonly Xml[]): string {
	return `${declaration}${tree("Error", children)}`;
}
