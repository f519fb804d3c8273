// Writes one file for each item of registry.json into `dist`, or the folder that is named, with the text of its files,
// as `shadcn build` does: what `npx shadcn add` takes.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => new URL(path, import.meta.url);
const registry = await readFile(here("registry.json"), "utf8");
const folder = process.argv[2] ? resolve(process.argv[2]) : fileURLToPath(here("dist"));
const schema = "https://ui.shadcn.com/schema/registry-item.json";

await mkdir(folder, { recursive: true });
await writeFile(join(folder, "registry.json"), registry);
for (const item of JSON.parse(registry).items) {
	const files = await Promise.all(
		item.files.map(async (file) => ({ ...file, content: await readFile(here(file.path), "utf8") })),
	);
	const built = JSON.stringify({ $schema: schema, ...item, files }, null, "\t");
	await writeFile(join(folder, `${item.name}.json`), `${built}\n`);
}
