import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadUploads } from "../src/load-uploads.js";
import { makeFolder } from "./folder.js";

const table = (pattern: string, prefix = ""): string => `
	import { defineUploads } from "@skyput/server";
	${prefix}
	export const uploads = defineUploads({ "${pattern}": { authorize: "public" } });
`;

const patternsIn = async (folder: string, path?: string) =>
	(await loadUploads(folder, path)).uploads.rules.map(({ pattern }) => pattern.source);

test.each(["uploads.ts", "src/uploads.mts", "server/uploads.js", "src/lib/server/uploads.ts"])(
	"the table is found in %s, also in a project without @skyput/server",
	async (path) => {
		const folder = await makeFolder({ [path]: table("files/:name") });
		const { file } = await loadUploads(folder);
		expect(file).toBe(join(folder, path));
		expect(await patternsIn(folder)).toEqual(["files/:name"]);
	},
);

test("a path names another file, whose default export counts too", async () => {
	const folder = await makeFolder({
		"uploads.ts": table("a/:name"),
		"other.ts": `${table("b/:name")} export default uploads;`.replace("export const", "const"),
	});
	expect(await patternsIn(folder, "other.ts")).toEqual(["b/:name"]);
});

test("TypeScript that Node cannot strip, tsconfig paths and top-level await work", async () => {
	const folder = await makeFolder({
		"tsconfig.json": '{ "compilerOptions": { "paths": { "@/*": ["./lib/*"] } } }',
		"lib/prefix.ts": 'export enum Prefix { Files = "files" }',
		"uploads.ts": `
			import { Prefix } from "@/prefix";
			${table("{}/:name").replace('"{}/:name"', "[`$" + "{await Promise.resolve(Prefix.Files)}/:name`]")}
		`,
	});
	expect(await patternsIn(folder)).toEqual(["files/:name"]);
});

test("each call reads the file and what it imports anew", async () => {
	const folder = await makeFolder({
		"names.ts": 'export const pattern = "a/:name";',
		"uploads.ts":
			'import { defineUploads } from "@skyput/server"; import { pattern } from "./names.js"; export const uploads = defineUploads({ [pattern]: {} });',
	});
	expect(await patternsIn(folder)).toEqual(["a/:name"]);
	await writeFile(join(folder, "names.ts"), 'export const pattern = "b/:name";');
	expect(await patternsIn(folder)).toEqual(["b/:name"]);
});

test("every file of the project that was read is told", async () => {
	const folder = await makeFolder({
		"names.ts": 'export const pattern = "a/:name";',
		"uploads.ts":
			'import { defineUploads } from "@skyput/server"; import { pattern } from "./names.ts"; export const uploads = defineUploads({ [pattern]: {} });',
	});
	const files: string[] = [];
	await loadUploads(folder, undefined, (file) => files.push(file));
	expect(files).toEqual([join(folder, "uploads.ts"), join(folder, "names.ts")]);
});

test("errors name the file, what is wrong, and what to do", async () => {
	const folder = await makeFolder({
		"wrong.ts": "export const table = {};",
		"broken.ts": "export const uploads = (;",
		"throws.ts": table("a//:name"),
	});
	const failure = (path?: string) =>
		loadUploads(folder, path).catch((error: unknown) => error as Error);
	expect(await failure()).toMatchObject({
		code: "uploads-not-found",
		exitCode: 2,
		message: expect.stringContaining("skyput init"),
	});
	expect(await failure("none.ts")).toMatchObject({
		code: "uploads-not-found",
		message: expect.stringContaining("none.ts does not exist"),
	});
	expect(await failure("wrong.ts")).toMatchObject({
		code: "uploads-invalid",
		message:
			"wrong.ts exports no table of uploads, only table. Export one as `uploads`: export const uploads = defineUploads({ … })",
	});
	for (const path of ["broken.ts", "throws.ts"]) {
		expect(await failure(path)).toMatchObject({
			code: "uploads-invalid",
			message: expect.stringContaining(`${path} cannot be loaded: `),
			cause: expect.any(Error),
		});
	}
});
