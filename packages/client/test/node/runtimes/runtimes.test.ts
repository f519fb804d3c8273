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
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { findRuntime, runtimes } from "../../../../../tools/runtimes.js";

const programs = {
	smoke: fileURLToPath(new URL("smoke.mjs", import.meta.url)),
	large: fileURLToPath(new URL("large.mjs", import.meta.url)),
};
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
		// not in the memory of this process
		s3: { dir: join(folder, "storage") },
	});
});

beforeEach(() => backend.clear());
afterAll(async () => {
	await backend.close();
	await rm(folder, { recursive: true });
});

/** Runs a program of this folder, which prints JSON and nothing else. */
async function run(
	[file = "", ...args]: readonly string[],
	program: keyof typeof programs,
	options: { readonly path: string; readonly prefix: string },
): Promise<unknown> {
	const given = JSON.stringify({ endpoint: backend.endpoint, ...options });
	const { stdout, stderr } = await promisify(execFile)(
		file,
		[...args, programs[program], client, given],
		// for a runtime that does not exit
		{ timeout: 300_000 },
	);
	expect(stderr).toBe("");
	return JSON.parse(stdout);
}

for (const runtime of runtimes) {
	const command = findRuntime(runtime);
	test.runIf(command)(
		`${runtime} uploads bytes, a file, parts and a stream, says what it cannot read, aborts, and exits`,
		async () => {
			const prefix = `${runtime}/`;
			const { length } = content;
			expect(await run(command ?? [], "smoke", { path, prefix })).toEqual({
				small: 5,
				path: length,
				parts: length,
				stream: length,
				shared: 12,
				missing: expect.stringMatching(
					/^invalid-request: .*file\.bin\.missing cannot be read \(ENOENT\)/,
				),
				unreadable: expect.stringMatching(
					/^invalid-request: The stream failed: .*bad file descriptor/i,
				),
				abort: "aborted: The upload was aborted.",
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

	// how much memory a process takes is read from /proc
	test.runIf(command && process.platform === "linux")(
		`${runtime} uploads 200 MiB from a path, a Blob and a stream, in little memory`,
		async () => {
			const large = join(folder, "large.bin");
			const size = 200 * 2 ** 20;
			await writeFile(large, Buffer.alloc(size, "0123456789abc"));
			const outcomes = await run(command ?? [], "large", {
				path: large,
				prefix: `${runtime}/large-`,
			});
			const flat = (grown: number): boolean => grown < 150;
			expect(outcomes).toEqual({
				path: { size, verified: true, grown: expect.toSatisfy(flat) },
				// openAsBlob of Deno reads the whole file
				blob: {
					size,
					verified: true,
					grown: runtime === "deno" ? expect.any(Number) : expect.toSatisfy(flat),
				},
				stream: { size, verified: true, grown: expect.toSatisfy(flat) },
			});
		},
	);
}
