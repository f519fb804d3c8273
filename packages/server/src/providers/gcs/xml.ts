const entities: Readonly<Record<string, string>> = {
	amp: "&",
	lt: "<",
	gt: ">",
	quot: '"',
	apos: "'",
};

/** Resolves the entities and character references of a text. */
function unescapeXml(text: string): string {
	return text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (match, hex, decimal, name) => {
		if (name !== undefined) return entities[name] ?? match;
		return String.fromCodePoint(hex ? Number.parseInt(hex, 16) : Number(decimal));
	});
}

/** Escapes a text for an element. */
export function escapeXml(text: string): string {
	return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The text of the first element of that name, which must have no children; undefined without one. */
export function xmlText(document: string, name: string): string | undefined {
	const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(document);
	return match ? unescapeXml(match[1] ?? "") : undefined;
}

/** The contents of all elements of that name, which must not nest. */
export function xmlElements(document: string, name: string): string[] {
	const matches = document.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"));
	return [...matches].map(([, content = ""]) => content);
}
