const entities: Readonly<Record<string, string>> = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: '"',
	apos: "'",
};

/** Resolves the entities and character references of a text. */
export function unescapeXml(text: string): string {
	return text.replace(/&(?:#(x?)([0-9a-f]+)|(\w+));/gi, (match, hex, code, name) =>
		name ? (entities[name] ?? match) : String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10)),
	);
}

/** Escapes a text for an element. */
export function escapeXml(text: string): string {
	return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The contents of all elements of that name, which must not nest. */
export function xmlElements(document: string, name: string): string[] {
	const matches = document.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"));
	return Array.from(matches, ([, content = ""]) => content);
}

/** The text of the first element of that name, which must have no children; undefined without one. */
export function xmlText(document: string, name: string): string | undefined {
	const [first] = xmlElements(document, name);
	return first === undefined ? undefined : unescapeXml(first);
}

/** The time in the first element of that name, in milliseconds; now where there is none. */
export function xmlTime(document: string, name: string): number {
	return Date.parse(xmlText(document, name) ?? "") || Date.now();
}
