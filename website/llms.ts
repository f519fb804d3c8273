import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorPages, fileOf, navigation } from "./navigation.ts";
import { addressOf, pageOf, root, siteLink } from "./site-paths.ts";

const site = "https://skyput.dev";

/** A document as it stands in the repository, with links that work anywhere. */
async function readDocument(file: string): Promise<string> {
	const text = await readFile(join(root, file), "utf8");
	return text
		.replace(/^---\n.*?\n---\n+/s, "")
		.replace(/<!--.*?-->\n*/gs, "")
		.replace(/\]\(([^)\s]+)\)/g, (_, href: string) => {
			const link = siteLink(file, href);
			return `](${link.startsWith("/") ? site + link : link})`;
		});
}

/** The first paragraph below the title, on one line. */
const summaryOf = (text: string): string =>
	(text.split(/\n{2,}/).find((paragraph) => /^[A-Z`[*]/.test(paragraph)) ?? "").replaceAll(
		"\n",
		" ",
	);

/**
 * Writes the site for programs that read text: each page as it was written (`/errors.md`), a list of
 * them (`/llms.txt`, see llmstxt.org), and all of them in one file (`/llms-full.txt`).
 *
 * @param folder - Where the site was built.
 * @param files - The pages, as paths of the repository.
 */
export async function writeTexts(folder: string, files: readonly string[]): Promise<void> {
	const texts = new Map<string, string>();
	for (const file of files) {
		const page = pageOf(file);
		if (!page || page === "index.md") continue;
		const text = await readDocument(file);
		texts.set(file, text);
		await mkdir(dirname(join(folder, page)), { recursive: true });
		await writeFile(join(folder, page), text);
	}
	const groups = [...navigation, errorPages].map(({ text, entries }) => {
		const lines = entries.map((entry) => {
			const file = fileOf(entry.page);
			const summary = summaryOf(texts.get(file) ?? "");
			return `- [${entry.text}](${site}/${pageOf(file)}): ${summary}`;
		});
		return `## ${text}\n\n${lines.join("\n")}\n`;
	});
	const reference = [...texts.keys()]
		.filter((file) => file.startsWith("website/reference/@"))
		.map((file) => `- [${file.slice("website/reference/".length, -3)}](${site}/${pageOf(file)})`);
	const summary = summaryOf(texts.get("README.md") ?? "");
	const head = `# Skyput\n\n> ${summary}\n`;
	const list = [head, ...groups, `## Reference\n\n${reference.join("\n")}\n`].join("\n");
	await writeFile(join(folder, "llms.txt"), list);
	const listed = [...navigation, errorPages].flatMap(({ entries }) =>
		entries.map(({ page }) => fileOf(page)),
	);
	const pages = listed.map((file) => {
		const address = site + addressOf(pageOf(file) ?? "");
		return `<!-- ${address} -->\n\n${texts.get(file)}`;
	});
	await writeFile(join(folder, "llms-full.txt"), pages.join("\n"));
}
