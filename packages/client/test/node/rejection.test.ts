import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** An upload that is refused, and a program that does only this with its handle. */
const program = `
	import { uploadFile } from "./src/node/index.ts";
	const upload = uploadFile(new Uint8Array(1), "a", {
		endpoint: "http://127.0.0.1/",
		fetch: async () => new Response("{}", { status: 400 }),
	});
	const uses = {
		nothing() {},
		subscribe: () => upload.subscribe(() => {}),
		snapshot: () => upload.snapshot(),
		abort: () => upload.abort(),
		async progress() {
			for await (const _ of upload.progress()) {}
		},
		result: () => upload.result.catch(() => {}),
	};
	await uses[process.argv[2]]();
	while (!/failed|aborted/.test(upload.state)) await new Promise((resolve) => setTimeout(resolve, 1));
	// Node looks for unhandled rejections before the next turn of its event loop
	await new Promise((resolve) => setImmediate(resolve));
	console.log("still running");
`;

let folder: string;
let outfile: string;

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), "skyput-rejection-"));
	outfile = join(folder, "program.mjs");
	await build({
		stdin: { contents: program, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
		bundle: true,
		format: "esm",
		platform: "node",
		conditions: ["source"],
		outfile,
	});
});
afterAll(() => rm(folder, { recursive: true }));

async function run(use: string): Promise<{ readonly code: unknown; readonly printed: string }> {
	const child = spawn(process.execPath, [outfile, use], { stdio: ["ignore", "pipe", "ignore"] });
	const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
	return { code, printed };
}

describe("a rejection of an upload", () => {
	it("ends a process that has done nothing with the handle", async () => {
		expect(await run("nothing")).toEqual({ code: 1, printed: "" });
	});

	it.each(["subscribe", "snapshot", "progress", "abort", "result"])(
		"does not end a process that has called %s",
		async (use) => {
			expect(await run(use)).toEqual({ code: 0, printed: "still running\n" });
		},
	);
});
