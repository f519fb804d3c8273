// Writes a page for each entry point of the published packages from their doc comments: `pnpm run reference`.
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Application, type TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";

const root = join(import.meta.dirname, "..");

/** What an export of a package.json leads to: a source, or one for each runtime. */
interface Target {
	readonly source?: string;
	readonly default?: Target;
}

/** The source file of each entry point, by the name that users import; for a name of two runtimes Node's. */
function readEntryPoints(): ReadonlyMap<string, string> {
	const entries = new Map<string, string>();
	for (const folder of ["client", "server", "testing"].map((name) => `packages/${name}`)) {
		const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
		for (const [subpath, target] of Object.entries<Target>(manifest.exports)) {
			const source = target.source ?? target.default?.source;
			if (source) entries.set(manifest.name + subpath.slice(1), join(root, folder, source));
		}
	}
	return entries;
}

const entries = readEntryPoints();
const out = join(import.meta.dirname, "reference");
const options: Partial<TypeDocOptions & PluginOptions> = {
	name: "API reference",
	entryPoints: [...entries.values()],
	tsconfig: join(import.meta.dirname, "tsconfig.reference.json"),
	plugin: ["typedoc-plugin-markdown"],
	out,
	readme: "none",
	skipErrorChecking: true,
	excludeInternal: true,
	excludePrivate: true,
	excludeExternals: true,
	disableSources: true,
	router: "module",
	hidePageHeader: true,
	hideBreadcrumbs: true,
	useCodeBlocks: true,
	parametersFormat: "table",
	interfacePropertiesFormat: "table",
	typeDeclarationFormat: "table",
	tableColumnSettings: { hideModifiers: true, hideInherited: true, hideOverrides: true },
	sort: ["kind", "alphabetical"],
	logLevel: "Warn",
};
const app = await Application.bootstrapWithPlugins(options);
const project = await app.convert();
if (!project) throw new Error("TypeDoc found nothing to write");
const names = new Map([...entries].map(([name, file]) => [file, name]));
for (const module of project.children ?? []) {
	const file = project.getSymbolIdFromReflection(module)?.fileName ?? "";
	const name = names.get(file);
	if (!name) throw new Error(`${module.name} is no entry point: ${file}`);
	module.name = name;
}
// the first of two equal names gets the address: the entry ./audit before the type Audit
project.childrenIncludingDocuments?.sort(
	(a, b) => b.name.split("/").length - a.name.split("/").length,
);
await app.generateOutputs(project);
// a property in a table has no heading, but takes the address of a type whose name reads as `Class.property`
for (const file of globSync("**/*.md", { cwd: out }).map((name) => join(out, name))) {
	const text = readFileSync(file, "utf8");
	const corrected = text.replaceAll(/\]\(([^)#]*)#([a-z]+)-1\)/g, (link, path, name) => {
		const target = path ? readFileSync(join(dirname(file), path), "utf8") : text;
		const headings = target.match(new RegExp(`^#+ ${name}\\b`, "gim")) ?? [];
		return headings.length > 1 ? link : `](${path}#${name})`;
	});
	writeFileSync(file, corrected);
}
