/** An item of a listing. */
interface Keyed {
	readonly key: string;
}

/** One page of a listing. */
export interface Page<Item extends Keyed> {
	readonly items: readonly Item[];
	readonly commonPrefixes: readonly string[];
	readonly truncated: boolean;
	/** The last key or common prefix of the page. */
	readonly last: string | undefined;
}

export interface PageQuery {
	readonly prefix: string;
	readonly delimiter: string;
	/** A key, or a common prefix: the listing continues after all of its keys. */
	readonly after: string;
	readonly limit: number;
}

/** Compares by UTF-8 bytes, as S3 does; JavaScript compares UTF-16. */
export function compareKeys(a: string, b: string): number {
	return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Groups keys by the delimiter and returns one page. Items must be sorted by key. */
export function listPage<Item extends Keyed>(
	sorted: Iterable<Item>,
	{ prefix, delimiter, after, limit }: PageQuery,
): Page<Item> {
	const items: Item[] = [];
	const commonPrefixes: string[] = [];
	let last: string | undefined;
	for (const item of sorted) {
		if (!item.key.startsWith(prefix)) continue;
		const at = delimiter === "" ? -1 : item.key.indexOf(delimiter, prefix.length);
		const rolled = at < 0 ? undefined : item.key.slice(0, at + delimiter.length);
		const name = rolled ?? item.key;
		if (rolled !== undefined && rolled === commonPrefixes.at(-1)) continue;
		if (after !== "" && compareKeys(name, after) <= 0) continue;
		if (items.length + commonPrefixes.length >= limit) {
			return { items, commonPrefixes, truncated: limit > 0, last };
		}
		if (rolled === undefined) items.push(item);
		else commonPrefixes.push(rolled);
		last = name;
	}
	return { items, commonPrefixes, truncated: false, last };
}
