import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createMarkdownRenderer, defineLoader, type SiteConfig } from "vitepress";
import { root } from "../../site-paths.ts";

/** The code of the home page, highlighted: blocks of README.md by the file that they name, and a React component. */
export interface HomeCode {
	readonly table: string;
	readonly server: string;
	readonly react: string;
	readonly client: string;
}

declare const data: HomeCode;

export { data };

/** Installed by the `shadcn` command and used in Chromium by `npm run components`. */
const component = "tools/fixtures/registry/photos.tsx";

/** The block of a document whose first line is `// file`. */
function blockOf(text: string, file: string): string {
	const [, block] = new RegExp(`^\`\`\`ts\n// ${file}\n(.*?)^\`\`\`$`, "ms").exec(text) ?? [];
	if (!block) throw new Error(`README.md has no block of ${file}`);
	return `\`\`\`ts\n${block}\`\`\``;
}

export default defineLoader({
	watch: ["../../../README.md", `../../../${component}`],
	async load(): Promise<HomeCode> {
		// set by VitePress while it builds, for loaders such as this one
		const { VITEPRESS_CONFIG: config } = globalThis as unknown as { VITEPRESS_CONFIG: SiteConfig };
		const md = await createMarkdownRenderer(config.srcDir, config.markdown, config.site.base);
		const readme = readFileSync(join(root, "README.md"), "utf8");
		const render = (file: string): string => md.render(blockOf(readme, file));
		const react = md.render(`\`\`\`tsx\n${readFileSync(join(root, component), "utf8")}\`\`\``);
		return {
			table: render("uploads.ts"),
			server: render("server.ts"),
			react,
			client: render("main.ts"),
		};
	},
});
