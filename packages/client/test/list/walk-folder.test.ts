import { expect, test } from "vitest";
import { walkFolder } from "../../src/list/walk-folder.js";

/** As browsers give them: no more than two entries at once here, and none at the end. */
const folder = (name: string, ...children: readonly object[]) => ({
	name,
	isDirectory: true,
	createReader() {
		const left = [...children];
		return { readEntries: (resolve: (entries: object[]) => void) => resolve(left.splice(0, 2)) };
	},
});
const file = (name: string) => ({
	name,
	isFile: true,
	file: (resolve: (file: File) => void) => resolve(new File([name], name)),
});
const refuse = (_: unknown, reject: (error: Error) => void): void =>
	reject(new DOMException("It is gone.", "NotFoundError"));
const goneFile = (name: string) => ({ name, isFile: true, file: refuse });
const goneFolder = (name: string) => ({
	name,
	isDirectory: true,
	createReader: () => ({ readEntries: refuse }),
});

test("nested folders are walked to their end, and what cannot be read is named where it stands", async () => {
	const dropped = folder(
		"photos",
		file("a.png"),
		goneFile("b.png"),
		file(".DS_Store"),
		folder("2026", goneFolder("may"), folder("june"), file("c.png")),
		file("d.png"),
	);
	const found: string[] = [];
	for await (const one of walkFolder(dropped as unknown as FileSystemEntry)) {
		found.push("file" in one ? one.path : `${one.path}: ${(one.cause as Error).name}`);
	}
	expect(found).toEqual([
		"photos/a.png",
		"photos/b.png: NotFoundError",
		"photos/2026/may: NotFoundError",
		"photos/2026/c.png",
		"photos/d.png",
	]);
});
