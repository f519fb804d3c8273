import { execFileSync } from "node:child_process";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCodes } from "../packages/protocol/src/error-codes.ts";
import { codes, navigationProblems } from "../website/navigation.ts";
import { root } from "./command.mjs";

/** Every committed document but the changesets. */
const documents = execFileSync(
	"git",
	["ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
	{
		cwd: root,
		encoding: "utf8",
	},
)
	.split("\n")
	.filter((path) => path !== "" && !path.startsWith(".changeset/"));

/** A file's path in a comment, and the block below it, which is that file. */
const fileBlocks = /^<!-- file: (\S+) -->\n\n```(?:tsx?|vue|svelte)\n(.*?)^```$/gms;

/** A block of TypeScript, which is compiled, or of JavaScript, which is not. */
const codeBlocks = /^```(tsx?|jsx?)\n(.*?)^```$/gms;

/** Documents whose blocks a bundler resolves: of Next.js, Nuxt, Metro and components. */
const forBundlers = ["components", "forms", "frameworks", "react-native"].map(
	(name) => `docs/${name}.md`,
);

/** What the page of each error code has. */
const errorSections = ["Causes", "What to do", "Does the client repeat it?"];

const read = (document) => readFile(join(root, document), "utf8");

/**
 * Compares the documents with the tree: every path that they name exists, a JavaScript block that
 * names a file in its first line or in a comment above it is that file, every test that they link exists,
 * every block that uses these packages is compiled, imports what Node and bundlers find, every error code has its
 * page, and every page is in a menu of the site.
 *
 * @throws {Error} that lists all that is wrong
 */
export async function checkDocs() {
	const problems = [];
	for (const document of documents) {
		const text = await read(document);
		const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, to]) =>
			join(dirname(document), to),
		);
		const named = [...text.matchAll(/`((?:packages|tools|examples|docs)\/[\w./-]+)`/g)];
		for (const path of [...links, ...named.map(([, path]) => path)]) {
			const missing = await access(join(root, path)).then(
				() => false,
				() => true,
			);
			if (missing) problems.push(`${document} names ${path}, which does not exist`);
		}
		for (const [header] of text.matchAll(/^\|.*\|(?=\n\| *:?-)/gm)) {
			// a screen reader names cells by their column
			if (/\|\s+\|/.test(header))
				problems.push(`${document} has a column without a name: ${header}`);
		}
		// a claim without evidence
		if (document === "SECURITY.md") {
			for (const [row] of text.matchAll(/^\|.*\|\s+\|$/gm)) {
				problems.push(
					`${document} has neither a test nor "yours to do" for ${row.split("|")[1]?.trim()}`,
				);
			}
		}
		// the text of a link to a test file is the name of a test there
		for (const [, name, to] of text.matchAll(/\[([^\]]+)\]\(([^)#]+\.test\.ts)\)/g)) {
			const path = join(dirname(document), to);
			const has = await read(path).then(
				(tests) => tests.includes(JSON.stringify(name)),
				() => true, // told above
			);
			if (!has) problems.push(`${document} names the test "${name}", which ${path} does not have`);
		}
		for (const [, kind, code] of text.matchAll(codeBlocks)) {
			if (kind.startsWith("js") && /from "@skyput\//.test(code))
				problems.push(
					`${document} has a block of ${kind} that uses Skyput: make it one of ts or tsx`,
				);
			// Node and Turbopack do not find a TypeScript file by the name of what it is compiled to
			const [import_] = /from "\.[^"]*\.js"/.exec(code) ?? [];
			if (import_ && document !== "docs/providers.md")
				problems.push(`${document} imports ${import_}: end it in .ts, or in nothing for a bundler`);
			const [bare] = /from "\.[^"]*\/[^".]+"/.exec(code) ?? [];
			if (bare && !forBundlers.includes(document))
				problems.push(`${document} imports ${bare}, which Node does not find: end it in .ts`);
		}
		for (const [, block, path] of text.matchAll(/^```js\n(\/\/ ([\w./-]+)\n.*?)^```$/gms)) {
			if (block !== (await read(path))) problems.push(`${document} has another ${path}`);
		}
		for (const [, path, block] of text.matchAll(fileBlocks)) {
			if (block !== (await read(path))) problems.push(`${document} has another ${path}`);
		}
	}
	const errors = await read("docs/errors.md");
	for (const code of codes) {
		const { status, retryable } = errorCodes[code] ?? {};
		const facts = status
			? `Status ${status}, ${retryable ? "retryable" : "not retryable"}`
			: "Only the client gives this code.";
		const text = await read(`docs/errors/${code}.md`).catch(() => "");
		const wanted = [
			`# ${code}\n\n`,
			`\n\n${facts}`,
			...errorSections.map((name) => `\n## ${name}\n\n`),
		];
		for (const part of wanted.filter((part) => !text.includes(part)))
			problems.push(`docs/errors/${code}.md lacks ${JSON.stringify(part)}`);
		if (!errors.includes(`| [\`${code}\`](errors/${code}.md)`))
			problems.push(`docs/errors.md has no row for ${code}`);
	}
	problems.push(...navigationProblems(documents));
	if (problems.length > 0) throw new Error(problems.join("\n"));
}

/**
 * Writes every TypeScript block of the documents into a folder, so that they can be compiled. Documents
 * of one folder share it: a block that names its file in its first line (`// server/uploads.ts`) can be
 * imported by the others; where two documents have a file of one name, the second is in a folder of its own.
 * Blocks that are a file of the tree are compiled there, and those of a skill where
 * `npm run first-steps` follows it.
 */
export async function extractExamples(folder) {
	const written = new Set();
	for (const document of documents) {
		const name = basename(document, ".md");
		if (name === "SKILL") continue;
		const target = join(folder, dirname(document) === "." ? name : dirname(document));
		const blocks = [
			...(await read(document)).replaceAll(fileBlocks, "").matchAll(/^```(tsx?)\n(.*?)^```$/gms),
		];
		for (const [index, [, kind, code]] of blocks.entries()) {
			const named = /^\/\/ ([\w./-]+\.tsx?)\b/.exec(code)?.[1] ?? `${name}-${index + 1}.${kind}`;
			const file = written.has(join(target, named)) ? join(name, named) : named;
			written.add(join(target, file));
			await mkdir(dirname(join(target, file)), { recursive: true });
			// an example without imports is still a module, and its names are its own
			await writeFile(join(target, file), `${code}\nexport {};\n`);
		}
	}
}
