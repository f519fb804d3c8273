import { readdir, readFile } from "node:fs/promises";
import type { Uploads } from "@skyput/server";
import { expect, test } from "vitest";
import { uploadsTemplate } from "../../src/init/templates.js";
import { evaluateUploads, loadUploads } from "../../src/load-uploads.js";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

const init = async (cwd: string, ...words: readonly string[]) =>
	run(["init", "--yes", "--no-install", ...words], { cwd });

const manifest = (...dependencies: readonly string[]) =>
	JSON.stringify({ dependencies: Object.fromEntries(dependencies.map((name) => [name, "*"])) });

const filesIn = async (cwd: string): Promise<string[]> => {
	const entries = await readdir(cwd, { recursive: true, withFileTypes: true });
	return entries
		.filter((entry) => entry.isFile())
		.map((entry) => `${entry.parentPath}/${entry.name}`.slice(cwd.length + 1))
		.sort();
};

test("in an empty folder it writes a project that can be served, and says how", async () => {
	const cwd = await makeFolder();
	const { exitCode, stdout } = await init(cwd);
	expect(exitCode).toBe(0);
	expect(await filesIn(cwd)).toEqual([
		"handle-uploads.ts",
		"package.json",
		"server.ts",
		"upload-client.ts",
		"uploads.ts",
	]);
	expect(stdout).toContain("npm install @skyput/server @skyput/client");
	expect(stdout).toMatch(/npx skyput dev\n$/);
	expect(stdout).toMatch(/UPLOAD_TOKEN_SECRET=[\w+/]{43}=/);
});

test("in a project with a folder src, the step that starts the server names the file there", async () => {
	const cwd = await makeFolder({ "src/main.js": "" });
	expect((await init(cwd)).stdout).toContain("   node src/server.ts\n");
	expect(await filesIn(cwd)).toContain("src/server.ts");
});

test("the table is that of `skyput dev`: users store and read below their own folder", async () => {
	const cwd = await makeFolder();
	await init(cwd);
	// dev serves this text where there is no file
	expect(await readFile(`${cwd}/uploads.ts`, "utf8")).toBe(uploadsTemplate);
	const patterns = ({ rules }: Uploads) => rules.map(({ pattern }) => pattern.source);
	const written = (await loadUploads(cwd)).uploads;
	const served = await evaluateUploads(uploadsTemplate);
	expect([patterns(written), patterns(served)]).toEqual([
		["users/:userId/*path"],
		["users/:userId/*path"],
	]);
	expect(served.rules).toEqual([
		expect.objectContaining({
			maxSize: 5e9,
			authorize: expect.any(Function),
			authorizeRead: expect.any(Function),
		}),
	]);
});

test.each([
	["next", { "package.json": manifest("next", "react"), "src/app/page.tsx": "" }],
	["next", { "package.json": manifest("next") }],
	["nuxt", { "package.json": manifest("nuxt") }],
	["sveltekit", { "package.json": manifest("@sveltejs/kit") }],
	["astro", { "package.json": manifest("astro") }],
	["tanstack-start", { "package.json": manifest("@tanstack/react-start") }],
	["react-router", { "package.json": manifest("@react-router/dev") }],
	["react-router", { "package.json": manifest("@remix-run/react") }],
	["hono", { "package.json": manifest("hono", "wrangler") }],
	["express", { "package.json": manifest("express") }],
	["fastify", { "package.json": manifest("fastify") }],
	["workers", { "package.json": "{}", "wrangler.toml": "" }],
	["lambda", { "package.json": manifest("@types/aws-lambda") }],
	["lambda", { "template.yaml": "" }],
	["node", { "package.json": "{}" }],
])("it finds %s in %j", async (framework, files: Readonly<Record<string, string>>) => {
	const cwd = await makeFolder(files);
	const { documents } = await init(cwd, "--json");
	expect(documents).toEqual([expect.objectContaining({ framework })]);
});

test("nothing is overwritten, and a second run writes nothing", async () => {
	const mine = "export const handler = 1;\n";
	const cwd = await makeFolder({
		"package.json": manifest("express"),
		"handle-uploads.ts": mine,
	});
	const [first] = (await init(cwd, "--json")).documents;
	expect(first).toMatchObject({
		written: ["uploads.ts", "upload-client.ts"],
		kept: ["handle-uploads.ts"],
	});
	expect(await readFile(`${cwd}/handle-uploads.ts`, "utf8")).toBe(mine);
	const before = await filesIn(cwd);
	expect((await init(cwd, "--json")).documents).toMatchObject([{ written: [] }]);
	expect(await filesIn(cwd)).toEqual(before);
});

test("a table that exists is imported where it is", async () => {
	const cwd = await makeFolder({
		"package.json": manifest("express"),
		"server/uploads.ts":
			'import { defineUploads } from "@skyput/server"; export const uploads = defineUploads({ "a/:b": {} });',
	});
	await init(cwd);
	expect(await filesIn(cwd)).not.toContain("uploads.ts");
	expect(await readFile(`${cwd}/handle-uploads.ts`, "utf8")).toContain(
		'import { uploads } from "./server/uploads.ts";',
	);
});

test.each([
	["express", "commonjs", {}, 'const { handleUploads } = require("./handle-uploads.ts");'],
	["express", "module", { type: "module" }, 'import { handleUploads } from "./handle-uploads.ts";'],
	["hono", "commonjs", {}, 'const { handleUploads } = require("./handle-uploads.ts");'],
])(
	"the step of %s in a JavaScript project of type %s is a statement that it can run",
	async (framework, _, fields, line) => {
		const cwd = await makeFolder({
			"package.json": JSON.stringify({ dependencies: { [framework]: "*" }, ...fields }),
		});
		expect((await init(cwd)).stdout).toContain(`  ${line}\n`);
	},
);

test.each(["express", "fastify", "hono", "next", "node"])(
	'with "type": "commonjs", as of `npm init`, the steps of %s remove it first',
	async (framework) => {
		const files = (type: object) => ({ "package.json": JSON.stringify(type) });
		const step = '"type": "commonjs" from package.json';
		const cwd = await makeFolder(files({ type: "commonjs" }));
		const { stdout } = await init(cwd, "--framework", framework);
		expect(stdout).toContain(step);
		expect(stdout).toContain("   npm pkg delete type\n");
		const detected = await makeFolder(files({}));
		expect((await init(detected, "--framework", framework)).stdout).not.toContain(step);
	},
);

test("a project that is bundled or compiled keeps its type", async () => {
	const cwd = await makeFolder({ "package.json": '{ "type": "commonjs" }', "tsconfig.json": "{}" });
	expect((await init(cwd, "--framework", "express")).stdout).not.toContain("npm pkg");
	expect((await init(cwd, "--framework", "lambda")).stdout).not.toContain("npm pkg");
});

test.each([
	["pnpm-lock.yaml", "pnpm add"],
	["yarn.lock", "yarn add"],
	["bun.lock", "bun add"],
	["package-lock.json", "npm install"],
])("with %s packages are installed by %s", async (lockfile, command) => {
	const cwd = await makeFolder({
		"package.json": manifest("express", "@skyput/client"),
		[lockfile]: "",
	});
	expect((await init(cwd)).stdout).toContain(`  ${command} @skyput/server\n`);
});

test("without a terminal and --yes it asks nobody and writes nothing", async () => {
	const cwd = await makeFolder();
	const { exitCode, stderr } = await run(["init"], { cwd });
	expect(exitCode).toBe(2);
	expect(stderr).toContain("--yes");
	expect(await filesIn(cwd)).toEqual([]);
});

test("a package.json that is not valid JSON is named, and nothing is written", async () => {
	const cwd = await makeFolder({ "package.json": '{ "name": ' });
	const { exitCode, stderr } = await init(cwd);
	expect([exitCode, stderr]).toEqual([
		2,
		expect.stringMatching(
			/package\.json is not valid JSON: .+ Correct it, then run the command again\.\n$/,
		),
	]);
	expect(await filesIn(cwd)).toEqual(["package.json"]);
});

test("a place that cannot be written to is named, with the reason", async () => {
	const cwd = await makeFolder({ src: "a file", "package.json": "{}" });
	const { exitCode, stderr } = await init(cwd);
	expect([exitCode, stderr]).toEqual([
		1,
		expect.stringMatching(
			/\/src\/\S+ cannot be written: a file is in the place of a folder \(EEXIST\)\. Run it in/,
		),
	]);
});
