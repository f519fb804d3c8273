import { globSync } from "node:fs";
import { relative } from "node:path/posix";
import { defineConfig, type MarkdownOptions } from "vitepress";
import { writeTexts } from "../llms.ts";
import { errorPages, fileOf, type NavigationGroup, navigation } from "../navigation.ts";
import { addressOf, pageOf, repository, root, siteLink } from "../site-paths.ts";

const description =
	"Upload files from the browser or Node straight to cloud storage through presigned URLs, with retries, resume, limits and access rules.";

/** Links of the documents work on GitHub as well; here they lead to pages. */
const followLinks: NonNullable<MarkdownOptions["config"]> = (md) => {
	md.core.ruler.push("site-links", ({ tokens, env }) => {
		// VitePress also renders single titles, and the home page its code
		if (!env?.path) return;
		const file = relative(root, env.realPath ?? env.path);
		for (const token of tokens.flatMap(({ children }) => children ?? [])) {
			const href = token.type === "link_open" && token.attrGet("href");
			if (href) token.attrSet("href", siteLink(file, href));
		}
	});
};

/** The pages that build-reference.ts has written. */
const referenceItems = (): { readonly text: string; readonly link: string }[] =>
	globSync("reference/@skyput/**/*.md", { cwd: `${root}/website` })
		.map((file) => addressOf(pageOf(`website/${file}`) ?? ""))
		.sort()
		.map((link) => ({ text: link.replace("/reference", "@skyput"), link }));

const menuOf = ({ text, entries }: NavigationGroup) => ({
	text,
	items: entries.map((entry) => ({
		text: entry.text,
		link: addressOf(pageOf(fileOf(entry.page)) ?? ""),
	})),
});

/** Pages of wide tables, which get the room of the outline. */
const wide = ["clouds.md", "comparison.md", "security.md"];

export default defineConfig({
	title: "Skyput",
	description,
	lang: "en",
	srcDir: "..",
	srcExclude: [
		"{.changeset,.ci,.github,examples,packages,tools}/**",
		"{ARCHITECTURE,CHANGELOG,CONTRIBUTING}.md",
		"website/{dist,test,skills,.vitepress}/**",
	],
	rewrites: (file) => pageOf(file) ?? file,
	outDir: "dist",
	cleanUrls: true,
	sitemap: { hostname: "https://skyput.dev" },
	head: [
		["link", { rel: "icon", href: "/icon.svg", type: "image/svg+xml" }],
		["meta", { name: "theme-color", content: "#2f5bea" }],
		["meta", { property: "og:title", content: "Skyput" }],
		["meta", { property: "og:description", content: description }],
	],
	markdown: {
		config: followLinks,
		theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
		codeTransformers: [
			{
				// after half a second, as on a busy machine, the rest of a line would get the wrong colors
				preprocess(_code, options) {
					options.tokenizeTimeLimit = 0;
				},
			},
		],
	},
	transformPageData(page) {
		if (wide.includes(page.relativePath)) page.frontmatter["aside"] = false;
		// made from doc comments: there is no file to edit
		if (page.relativePath.startsWith("reference/")) page.frontmatter["editLink"] = false;
	},
	vite: {
		publicDir: `${root}/website/public`,
		// the documents are outside of this package
		resolve: { alias: [{ find: /^vue(?=$|\/)/, replacement: `${root}/website/node_modules/vue` }] },
	},
	themeConfig: {
		logo: { src: "/icon.svg", alt: "" },
		nav: [
			{ text: "Docs", link: "/start", activeMatch: "^/(?!reference|comparison|$)" },
			{ text: "Comparison", link: "/comparison" },
			{ text: "Reference", link: "/reference/", activeMatch: "^/reference" },
		],
		sidebar: {
			"/reference/": [{ text: "Reference", items: referenceItems() }],
			"/errors/": [{ text: "All errors", link: "/errors" }, menuOf(errorPages)],
			"/": navigation.map(menuOf),
		},
		outline: [2, 3],
		search: {
			provider: "local",
			options: {
				miniSearch: {
					searchOptions: {
						// "a" of "delete a file" would find every word that begins so
						prefix: (term: string) => term.length > 2,
						// these pages name most words more often than the page that explains them
						boostDocument: (id: string) =>
							/^\/(reference|decisions)\//.test(id)
								? 0.1
								: /^\/(errors|security|performance|conform|providers|aws|migration|comparison)\b/.test(
											id,
										)
									? 0.3
									: 1,
					},
				},
			},
		},
		notFound: {
			title: "This page does not exist",
			quote:
				"The address may be wrong, or the page was moved. The search finds pages and headings.",
			linkLabel: "Start page",
			linkText: "Start page",
		},
		socialLinks: [{ icon: "github", link: repository, ariaLabel: "Skyput on GitHub" }],
		editLink: { pattern: `${repository}/edit/main/:path`, text: "Edit this page on GitHub" },
		footer: { message: "MIT License" },
	},
	buildEnd: ({ outDir, pages }) => writeTexts(outDir, pages),
});
