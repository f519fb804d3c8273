import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findRuntime, runtimes } from "../../../../../tools/runtimes.js";

const program = fileURLToPath(new URL("smoke.mjs", import.meta.url));
const content = randomBytes(2 * 16 * 2 ** 20 + 1_000_003);

let folder: string;
let client: string;
let path: string;
let backend: Backend;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-runtimes-"));
	path = join(folder, "file.bin");
	await writeFile(path, content);
	client = join(folder, "client.mjs");
	await build({
		stdin: {
			contents: `
				export { createClient } from "./src/node/index.ts";
				export { fromPath } from "./src/node/files.ts";`,
			resolveDir: fileURLToPath(new URL("../../..", import.meta.url)),
		},
		bundle: true,
		format: "esm",
		platform: "node",
		conditions: ["source"],
		outfile: client,
	});
	backend = await startBackend({
		uploads: defineUploads({ ":runtime/:name": { authorize: "public", maxSize: "1 GB" } }),
	});
});

afterAll(async () => {
	await backend.close();
	await rm(folder, { recursive: true });
});

for (const runtime of runtimes) {
	const command = findRuntime(runtime);
	test.runIf(command)(
		`${runtime} uploads bytes, a file, parts and a stream, aborts, and exits`,
		async () => {
			const [file = "", ...args] = command ?? [];
			const prefix = `${runtime}/`;
			const options = JSON.stringify({ endpoint: backend.endpoint, path, prefix });
			const { stdout, stderr } = await promisify(execFile)(
				file,
				[...args, program, client, options],
				{
					// for a runtime that does not exit
					timeout: 60_000,
				},
			);
			expect(stderr).toBe("");
			const { length } = content;
			expect(JSON.parse(stdout)).toEqual({
				small: 5,
				path: length,
				parts: length,
				stream: length,
				shared: 12,
				abort: "aborted",
			});
			const stored = async (name: string): Promise<Uint8Array | null> =>
				await backend.read(prefix + name);
			expect(Buffer.from((await stored("small")) ?? []).toString()).toBe("small");
			for (const name of ["path", "parts", "stream"]) {
				// without a difference of 33 MB in the report
				expect(content.equals((await stored(name)) ?? new Uint8Array())).toBe(true);
			}
			expect(await stored("abort")).toBeNull();
		},
	);
}
