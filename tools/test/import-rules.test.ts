import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { expect, onTestFinished, test } from "vitest";
import { floors } from "../floors.mjs";
import config from "../import-rules.mjs";

const server = "packages/server/src";
const client = "packages/client/src";
const testing = "packages/testing/src";
const cli = "packages/cli/src";

/** An import that each rule forbids: the rule, the file that imports, and the file or package it imports. */
const forbidden: readonly (readonly [rule: string, file: string, imported: string])[] = [
	["downward: server, floor 1", `${server}/errors.ts`, `${server}/token.ts`],
	["downward: server, floor 2", `${server}/uploads/rule.ts`, `${server}/operations/create.ts`],
	["downward: server, floor 3", `${server}/operations/create.ts`, `${server}/router.ts`],
	["downward: server, floor 4", `${server}/router.ts`, `${server}/adapters/web.ts`],
	["downward: server, floor 5", `${server}/adapters/web.ts`, `${server}/presets/handler.ts`],
	["downward: client, floor 1", `${client}/platform.ts`, `${client}/options.ts`],
	["downward: client, floor 2", `${client}/http/retry.ts`, `${client}/upload/plan.ts`],
	["downward: client, floor 3", `${client}/upload/plan.ts`, `${client}/multipart/part.ts`],
	["downward: client, floor 4", `${client}/multipart/part.ts`, `${client}/client.ts`],
	["downward: client, floor 5", `${client}/client.ts`, `${client}/browser/xhr.ts`],
	["downward: client, floor 6", `${client}/browser/xhr.ts`, `${client}/react/use-upload.ts`],
	["downward: testing, floor 1", `${testing}/listen.ts`, `${testing}/s3-server/crc.ts`],
	[
		"downward: testing, floor 2",
		`${testing}/s3-server/crc.ts`,
		`${testing}/conformance/uploads.ts`,
	],
	[
		"downward: testing, floor 3",
		`${testing}/conformance/uploads.ts`,
		`${testing}/start-backend.ts`,
	],
	["downward: cli, floor 1", `${cli}/errors.ts`, `${cli}/load-uploads.ts`],
	["downward: cli, floor 2", `${cli}/load-uploads.ts`, `${cli}/upload/upload-command.ts`],
	["downward: cli, floor 3", `${cli}/upload/upload-command.ts`, `${cli}/commands.ts`],
	["downward: cli, floor 4", `${cli}/commands.ts`, `${cli}/run-command.ts`],
	["test servers never meet", `${testing}/s3-server/crc.ts`, `${testing}/fault-proxy/fault.ts`],
	["on a floor: server", `${server}/router.ts`, `${server}/helpers.ts`],
	["on a floor: client", `${client}/client.ts`, `${client}/utils/bytes.ts`],
	["on a floor: testing", `${testing}/start-backend.ts`, `${testing}/helpers.ts`],
	["on a floor: cli", `${cli}/main.ts`, `${cli}/helpers.ts`],
	["resolvable", `${server}/router.ts`, "no-such-package"],
	["protocol imports nothing", "packages/protocol/src/parts.ts", "node:crypto"],
	["protocol by #protocol", `${server}/token.ts`, "packages/protocol/src/index.ts"],
	["server and client never meet", `${server}/router.ts`, `${client}/client.ts`],
	["server and client never meet", `${client}/client.ts`, `${server}/router.ts`],
	["server and client never meet", "packages/server/test/router.test.ts", `${client}/client.ts`],
	["public entry points", "packages/bench/src/main.mjs", `${client}/client.ts`],
	["public entry points", "packages/chaos/src/main.mjs", `${server}/router.ts`],
	["public entry points", "examples/hono/server.ts", `${server}/index.ts`],
	["no import of itself", `${server}/router.ts`, "@skyput/server"],
	["no index of its own package", `${server}/router.ts`, `${server}/operations/index.ts`],
	["a provider stands alone", `${server}/providers/s3/provider.ts`, `${server}/token.ts`],
	["a provider stands alone", `${server}/providers/s3/provider.ts`, `${server}/router.ts`],
	[
		"a provider stands alone",
		`${server}/providers/s3/signer.ts`,
		`${server}/providers/gcs/signer.ts`,
	],
	["an operation stands alone", `${server}/operations/create.ts`, `${server}/operations/sign.ts`],
	["providers are handed in", `${server}/adapters/web.ts`, `${server}/providers/s3/provider.ts`],
	["AWS SDK in the S3 provider", `${server}/router.ts`, "@aws-sdk/client-s3"],
	["Middy in the adapters", `${server}/router.ts`, "@middy/core"],
	["React in client/react", `${client}/client.ts`, "react"],
	["node: in client/node", `${client}/upload/plan.ts`, "node:fs/promises"],
	["node: in client/node", `${client}/browser/xhr.ts`, "node:http"],
	["runtimes never meet", `${client}/browser/xhr.ts`, `${client}/node/send.ts`],
	["testing takes types only", "packages/testing/src/index.ts", "@skyput/server"],
];

test.for(forbidden)("the rule %s forbids %s to import %s", async ([rule, file, imported]) => {
	expect(
		await brokenRules({
			...(imported.startsWith("packages/") && { [imported]: "" }),
			[file]: importOf(file, imported),
		}),
	).toContain(rule);
});

test("a circle of types alone is a circle", async () => {
	const [a, b] = [`${server}/uploads/a.ts`, `${server}/uploads/b.ts`];
	const files = {
		[a]: 'import type { B } from "./b.js";',
		[b]: 'import type { A } from "./a.js";',
	};
	expect(await brokenRules(files)).toEqual(["no circle"]);
});

test("an import of a type counts for the floors", async () => {
	const [from, to] = [`${server}/router.ts`, `${server}/adapters/web.ts`];
	const files = { [from]: 'import type { A } from "./adapters/web.js";', [to]: "" };
	expect(await brokenRules(files)).toEqual(["downward: server, floor 4"]);
});

test("what is loaded by import() may stand above", async () => {
	const [from, to] = [`${client}/upload/plan.ts`, `${client}/multipart/index.ts`];
	const files = { [from]: 'void import("../multipart/index.js");', [to]: "" };
	expect(await brokenRules(files)).toEqual([]);
});

test("testing may import a type of the server", async () => {
	const files = { "packages/testing/src/index.ts": 'import type { A } from "@skyput/server";' };
	expect(await brokenRules(files)).toEqual([]);
});

test("every rule is broken by one of these tests", () => {
	const broken = new Set([...forbidden.map(([rule]) => rule), "no circle"]);
	expect(
		config.forbidden?.map(({ name }) => name).filter((name) => !broken.has(name ?? "")),
	).toEqual([]);
});

test("a package has at most seven floors", () => {
	for (const plan of Object.values(floors)) expect(plan.length).toBeLessThanOrEqual(7);
});

/** The import declaration of a file of the repository by its relative path, or of a package by its name. */
function importOf(file: string, imported: string): string {
	if (!imported.startsWith("packages/")) return `import ${JSON.stringify(imported)};`;
	const path = relative(dirname(file), imported).replaceAll("\\", "/").replace(/\.ts$/, ".js");
	return `import ${JSON.stringify(path.startsWith(".") ? path : `./${path}`)};`;
}

/** Writes a repository of these files alone and names the rules that they break. */
async function brokenRules(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
	const root = await mkdtemp(join(tmpdir(), "skyput-import-rules-"));
	onTestFinished(() => rm(root, { recursive: true }));
	const write = async (path: string, text: string) => {
		await mkdir(dirname(join(root, path)), { recursive: true });
		await writeFile(join(root, path), text);
	};
	await mkdir(join(root, "node_modules/@skyput"), { recursive: true });
	await mkdir(join(root, "examples"));
	for (const name of ["protocol", "server", "client", "testing"]) {
		const manifest = { name: `@skyput/${name}`, exports: "./src/index.ts" };
		await write(`packages/${name}/package.json`, JSON.stringify(manifest));
		await write(`packages/${name}/src/index.ts`, "");
		await symlink(
			join(root, "packages", name),
			join(root, "node_modules/@skyput", name),
			"junction",
		);
	}
	for (const [path, text] of Object.entries(files)) await write(path, text);
	const { forbidden: rules = [], options: { enhancedResolveOptions, ...options } = {} } = config;
	const { output } = await cruise(
		["packages", "examples"],
		{ ...options, baseDir: root, validate: true, ruleSet: { forbidden: rules } },
		enhancedResolveOptions,
	);
	return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}
