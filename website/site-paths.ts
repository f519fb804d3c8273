import { existsSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path/posix";

export const repository = "https://github.com/skyput/skyput";

/** The repository's root, which is also the folder of the site's sources. */
export const root: string = join(import.meta.dirname, "..");

/** Files of these names are pages of the site, at the address that the second part makes. */
const pagePatterns: readonly (readonly [RegExp, string])[] = [
	[/^README\.md$/, "start.md"],
	[/^SECURITY\.md$/, "security.md"],
	[/^docs\/decisions\/README\.md$/, "decisions/index.md"],
	[/^docs\/(.+\.md)$/, "$1"],
	[/^website\/index\.md$/, "index.md"],
	[/^website\/reference\/README\.md$/, "reference/index.md"],
	[/^website\/reference\/@skyput\/(.+\.md)$/, "reference/$1"],
];

/** The page that a file of the repository becomes, such as `errors.md`; undefined for all others. */
export function pageOf(file: string): string | undefined {
	for (const [pattern, page] of pagePatterns) {
		if (pattern.test(file)) return file.replace(pattern, page);
	}
	return undefined;
}

/** The address of a page below the site's root: `/errors`, `/decisions/`. */
export const addressOf = (page: string): string =>
	`/${page.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, "")}`;

/**
 * Where a link of a document leads on the site: to a page, or for any other file to the repository.
 *
 * @param file - The document, in the repository.
 * @param href - As it is written there.
 */
export function siteLink(file: string, href: string): string {
	const [path = "", anchor] = href.split("#");
	if (path === "" || path.startsWith("/") || /^[a-z]+:/i.test(path)) return href;
	const target = normalize(join(dirname(file), decodeURI(path))).replace(/\/$/, "");
	const page = pageOf(target);
	const suffix = anchor === undefined ? "" : `#${anchor}`;
	if (page) return addressOf(page) + suffix;
	const full = join(root, target);
	const kind = existsSync(full) && statSync(full).isDirectory() ? "tree" : "blob";
	return `${repository}/${kind}/main/${target}${suffix}`;
}
