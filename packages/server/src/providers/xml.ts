import { UploadError } from "../errors.js";

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

/** Whether a login page or console has answered: of storages, some answer with HTML, but without a body. */
export const isWebPage = (
	status: number | undefined,
	contentType: string | null | undefined,
	contentLength: string | null | undefined,
): boolean => status === 200 && contentLength !== "0" && /^text\/html\b/i.test(contentType ?? "");

/**
 * Whether something else than the storage has answered a control call. Of a HEAD, type and length are the object's.
 *
 * @param prefix - Of header names that every answer of the storage to a HEAD has.
 */
export function isForeign(
	{ status, headers }: Response,
	text: string,
	{ method, prefix }: { readonly method: string | undefined; readonly prefix: string },
): boolean {
	if (method === "HEAD") return ![...headers.keys()].some((name) => name.startsWith(prefix));
	// Google labels some of its XML as HTML
	const isXml = /^\s*<\?xml/.test(text);
	return !isXml && isWebPage(status, headers.get("content-type"), headers.get("content-length"));
}

/**
 * @param root - Name of the list's outermost element.
 * @param action - What was called for the list.
 * @throws UploadError `storage-error` for any other document: an empty answer, as a broken proxy sends it, would pass
 *   for an empty list. An upload without parts, for one, is given up.
 */
export function requireList(document: string, root: string, action: string): void {
	if (document.includes(`<${root}`)) return;
	throw new UploadError(
		"storage-error",
		`Could not ${action}. Something other than the storage answered.`,
	);
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
