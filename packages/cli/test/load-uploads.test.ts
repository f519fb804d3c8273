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
	(await loadUploads(folder, { path })).uploads.rules.map(({ pattern }) => pattern.source);

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
	await loadUploads(folder, { onFile: (file) => files.push(file) });
	expect(files).toEqual([join(folder, "uploads.ts"), join(folder, "names.ts")]);
});

test("errors name the file, what is wrong, and what to do", async () => {
	const folder = await makeFolder({
		"wrong.ts": "export const table = {};",
		"number.ts": "export const uploads = 5;",
		"broken.ts": "export const uploads = (;",
		"throws.ts": table("a//:name"),
	});
	const failure = (path?: string) =>
		loadUploads(folder, { path }).catch((error: unknown) => error as Error);
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
	expect(await failure("number.ts")).toMatchObject({
		code: "uploads-invalid",
		message: expect.stringContaining("number.ts exports something other than a table of uploads."),
	});
	expect(await failure("broken.ts")).toMatchObject({
		code: "uploads-invalid",
		message: "broken.ts cannot be loaded: ParseError: Unexpected token broken.ts:1:24",
		cause: expect.any(Error),
	});
	expect(await failure("throws.ts")).toMatchObject({
		code: "uploads-invalid",
		message: expect.stringMatching(
			/^throws\.ts cannot be loaded: .*a\/\/:name.* \(throws\.ts:\d+\)$/,
		),
		cause: expect.any(Error),
	});
});

test.each([
	["nothing", "const a = 1;", /^uploads\.ts exports nothing\. Export one as `uploads`/],
	["an error", 'throw new Error("no DATABASE_URL");', /: no DATABASE_URL \(uploads\.ts:1\)$/],
	["a text that is thrown", 'throw "no DATABASE_URL";', /: no DATABASE_URL$/],
	[
		"an unknown name",
		"export const uploads = tables;",
		/: tables is not defined \(uploads\.ts:1\)$/,
	],
	[
		"an error of what it imports",
		'import { table } from "./lib/table"; export const uploads = table;',
		/: no DATABASE_URL \(lib\/table\.ts:1\)$/,
	],
	[
		"a package that is not installed",
		'import { z } from "@acme/schema"; export const uploads = z;',
		/: it imports the package "@acme\/schema", which is not installed\. Install it in your project\.$/,
	],
	[
		"a package that is missing for what it imports",
		'import { pool } from "./lib/pool"; export const uploads = pool;',
		/: lib\/pool\.ts imports the package "acme-pool", which is not installed\./,
	],
	[
		"a path that leads nowhere",
		'import { z } from "./none"; export const uploads = z;',
		/: it imports "\.\/none", which does not exist\. Check the path\.$/,
	],
])("a file with %s is refused in one line that says where", async (_, content, message) => {
	const folder = await makeFolder({
		"uploads.ts": content,
		"lib/table.ts": 'throw new Error("no DATABASE_URL"); export const table = 1;',
		"lib/pool.ts": 'import { Pool } from "acme-pool"; export const pool = new Pool();',
	});
	const error: unknown = await loadUploads(folder).catch((thrown: unknown) => thrown);
	expect(error).toMatchObject({
		code: "uploads-invalid",
		message: expect.stringMatching(message),
	});
	expect(String(error)).not.toContain("\n");
});

test("a folder in the place of the file is named", async () => {
	const folder = await makeFolder({ "uploads.ts/index.md": "" });
	await expect(loadUploads(folder)).rejects.toThrow("uploads.ts cannot be loaded: it is a folder");
	await expect(loadUploads(folder, { path: "." })).rejects.toThrow(
		/^\. cannot be loaded: it is a /,
	);
});

test("CommonJS counts, also where the table is all that it exports", async () => {
	const required = 'const { defineUploads } = require("@skyput/server");';
	const folder = await makeFolder({
		"a.js": `${required} module.exports = { uploads: defineUploads({ "a/:name": {} }) };`,
		"b.cjs": `${required} module.exports = defineUploads({ "b/:name": {} });`,
	});
	expect(await patternsIn(folder, "a.js")).toEqual(["a/:name"]);
	expect(await patternsIn(folder, "b.cjs")).toEqual(["b/:name"]);
});

test("a file that never ends to load is given up, by the time limit or by Ctrl-C", async () => {
	const folder = await makeFolder({ "uploads.ts": "await new Promise(() => {});" });
	await expect(loadUploads(folder, { timeout: 1 })).rejects.toThrow(
		/^uploads\.ts did not load within 0\.001 s: it, or what it imports, waits at its top level/,
	);
	const reason = new Error("stopped");
	await expect(loadUploads(folder, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
