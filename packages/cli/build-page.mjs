// The page of `skyput dev` is that of the demo: this puts it beside the command.
import { mkdir, writeFile } from "node:fs/promises";
import { bundlePage } from "../../examples/local/bundle-page.mjs";

const folder = new URL("dist/page/", import.meta.url);

await mkdir(folder, { recursive: true });
for (const [path, content] of await bundlePage({ minify: true })) {
	await writeFile(new URL(`.${path}`, folder), content);
}
