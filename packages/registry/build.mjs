// Writes one file for each item of registry.json into `dist`, with the text of its files, as `shadcn build` does:
// what `npx shadcn add` takes.
import { mkdir, readFile, writeFile } from "node:fs/promises";

const here = (path) => new URL(path, import.meta.url);
const registry = await readFile(here("registry.json"), "utf8");
const schema = "https://ui.shadcn.com/schema/registry-item.json";

await mkdir(here("dist"), { recursive: true });
await writeFile(here("dist/registry.json"), registry);
for (const item of JSON.parse(registry).items) {
	const files = await Promise.all(
		item.files.map(async (file) => ({ ...file, content: await readFile(here(file.path), "utf8") })),
	);
	const built = JSON.stringify({ $schema: schema, ...item, files }, null, "\t");
	await writeFile(here(`dist/${item.name}.json`), `${built}\n`);
}
