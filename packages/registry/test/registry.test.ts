import { readdir, readFile } from "node:fs/promises";
import { expect, it } from "vitest";

interface Item {
	readonly name: string;
	readonly dependencies: readonly string[];
	readonly files: readonly { readonly path: string; readonly target: string }[];
}

const read = (path: string): Promise<string> =>
	readFile(new URL(`../${path}`, import.meta.url), "utf8");
const items: readonly Item[] = JSON.parse(await read("registry.json")).items;
const sources = await readdir(new URL("../src", import.meta.url));

/** What a file imports, by the name of the module. */
const importsOf = (text: string): string[] =>
	Array.from(
		text.matchAll(/^(?:import|\} from) [^"]*"([^"]+)";|^\} from "([^"]+)";/gm),
		(found) => found[1] ?? found[2] ?? "",
	);

it.each(items)(
	"$name has all files that its files import, and no others",
	async ({ name, files }) => {
		const names = files.map(({ path }) => path.slice("src/".length));
		expect(new Set(names).size).toBe(names.length);
		for (const { path, target } of files) {
			expect(target).toBe(`~/src/components/skyput/${path.slice("src/".length)}`);
		}
		const needed = new Set<string>();
		const follow = async (file: string): Promise<void> => {
			if (needed.has(file)) return;
			needed.add(file);
			if (file.endsWith(".css")) return;
			for (const to of importsOf(await read(`src/${file}`))) {
				if (!to.startsWith("./")) continue;
				const found = sources.find((source) => source.replace(/\.tsx?$/, "") === to.slice(2));
				if (found) await follow(found);
				else throw new Error(`${file} imports ${to}`);
			}
		};
		const entries = name === "uploads" ? items.map((item) => item.name) : [name];
		for (const entry of entries) if (entry !== "uploads") await follow(`${entry}.tsx`);
		expect(names.toSorted()).toEqual([...needed].toSorted());
	},
);

it("depends on React and the client alone, and every file is in an item", async () => {
	for (const file of sources) {
		const modules = importsOf(await read(`src/${file}`)).filter((to) => !to.startsWith("./"));
		for (const to of modules) expect(["react", "@skyput/client/react"]).toContain(to);
	}
	for (const { dependencies } of items) expect(dependencies).toEqual(["@skyput/client"]);
	const all = new Set(items.flatMap(({ files }) => files.map(({ path }) => path.slice(4))));
	expect([...all].toSorted()).toEqual(sources.toSorted());
});
