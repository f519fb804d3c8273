import { execFile } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { frameworks } from "../../src/init/frameworks.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const tsc = join(root, "node_modules/typescript/bin/tsc");

/** What the written files import, and where this repository has it. */
const packages = {
	"@skyput/server": "packages/server",
	"@skyput/client": "packages/client",
	"@types/node": "node_modules/@types/node",
	"@types/express": "packages/frameworks/node_modules/@types/express",
	"@sveltejs/kit": "packages/frameworks/node_modules/@sveltejs/kit",
	astro: "packages/frameworks/node_modules/astro",
	express: "packages/frameworks/node_modules/express",
	fastify: "packages/frameworks/node_modules/fastify",
	// Nuxt 4 has version 1
	h3: "packages/frameworks/node_modules/h3-1",
	hono: "packages/frameworks/node_modules/hono",
};

/** The part of TanStack Router that a server route uses. */
const tanstackRouter = `
declare module "@tanstack/react-router" {
	type Handler = (context: { readonly request: Request }) => Response | Promise<Response>;
	interface Options { readonly server: { readonly handlers: Readonly<Record<string, Handler>> } }
	export function createFileRoute(path: string): (options: Options) => unknown;
}
`;

/** Lines that the next steps say to paste. */
const apps: Readonly<Record<string, string>> = {
	hono: 'import { Hono } from "hono"; import { handleUploads } from "./handle-uploads.ENDING"; const app = new Hono(); app.all("/api/uploads/*", (c) => handleUploads(c.req.raw)); export { app };',
	express:
		'import express from "express"; import { handleUploads } from "./handle-uploads.ENDING"; const app = express(); app.use("/api/uploads", handleUploads); export { app };',
	fastify:
		'import fastify from "fastify"; import { uploadRoutes } from "./upload-routes.ENDING"; const app = fastify(); await app.register(uploadRoutes); export { app };',
};

const compilerOptions = {
	noEmit: true,
	target: "es2024",
	lib: ["es2024", "dom", "dom.iterable"],
	strict: true,
	exactOptionalPropertyTypes: true,
	noUncheckedIndexedAccess: true,
	verbatimModuleSyntax: true,
	skipLibCheck: true,
	types: ["node"],
	// tests run on the sources of the packages
	customConditions: ["source"],
	jsx: "preserve",
};

async function expectCompiles(
	ids: readonly string[],
	options: object,
	{ ending, uploads }: { readonly ending: "ts" | "js"; readonly uploads?: string },
): Promise<void> {
	const folder = await makeFolder({
		"package.json": '{ "type": "module" }',
		"tsconfig.json": JSON.stringify({ compilerOptions: { ...compilerOptions, ...options } }),
		"tanstack.d.ts": tanstackRouter,
	});
	for (const [name, path] of Object.entries(packages)) {
		const link = join(folder, "node_modules", name);
		await mkdir(dirname(link), { recursive: true });
		await symlink(join(root, path), link, "junction");
	}
	for (const id of ids) {
		const cwd = join(folder, id);
		await mkdir(cwd);
		await writeFile(join(cwd, "package.json"), '{ "type": "module" }');
		await writeFile(
			join(cwd, "tsconfig.json"),
			JSON.stringify({ compilerOptions: { allowImportingTsExtensions: ending === "ts" } }),
		);
		if (uploads) await writeFile(join(cwd, "uploads.ts"), uploads);
		const { exitCode } = await run(["init", "--yes", "--no-install", "--framework", id], { cwd });
		expect(exitCode).toBe(0);
		const app = apps[id];
		if (app) await writeFile(join(cwd, "app.ts"), app.replace("ENDING", ending));
	}
	const { stdout, stderr } = await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch(
		(error: { readonly stdout: string; readonly stderr: string }) => error,
	);
	expect(stdout + stderr).toBe("");
}

test("what it writes for every framework compiles as their bundlers want it", async () => {
	await expectCompiles(
		frameworks.map(({ id }) => id),
		{ module: "preserve", allowImportingTsExtensions: true },
		{ ending: "ts" },
	);
});

test("what it writes for servers and a table of the user's compiles for Node by tsc", async () => {
	await expectCompiles(
		["express", "fastify", "hono", "lambda", "node"],
		{ module: "nodenext" },
		{
			ending: "js",
			uploads: `
				import { defineUploads } from "@skyput/server";
				export const uploads = defineUploads({ "docs/:team/:name": {}, "logo.png": {} });
			`,
		},
	);
});
