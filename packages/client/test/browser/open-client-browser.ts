import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Page } from "playwright";
import { build } from "vite";
import { findChromium } from "../../../../tools/find-chromium.js";
import type * as client from "../../src/browser/index.js";

declare global {
	interface Window {
		/** The browser's door, in pages of {@link openPage}. */
		readonly skyput: typeof client;
	}
}

export interface ClientPage {
	/** Holds a file input, `#file`, and the client as `window.skyput`. */
	readonly page: Page;
	/**
	 * MiB of PSS that all processes of the browser hold, without the pages of files: those of the
	 * program itself are shared with every other Chromium that comes and goes meanwhile. Linux only.
	 */
	memory(): number;
	close(): Promise<void>;
}

/**
 * Opens a page with the client in Chromium, driven from Node: files chosen here stay on the disk, as
 * those that people choose.
 */
export async function openPage(): Promise<ClientPage> {
	const executablePath = findChromium();
	if (!executablePath) throw new Error("Chromium is not installed");
	const server = await serve(await bundle());
	const profile = await mkdtemp(join(tmpdir(), "skyput-chromium-"));
	const mark = `--skyput-mark=${randomBytes(8).toString("hex")}`;
	const context = await chromium.launchPersistentContext(profile, {
		executablePath,
		args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", mark],
	});
	const page = await context.newPage();
	const { port } = server.address() as AddressInfo;
	await page.goto(`http://127.0.0.1:${port}`);
	return {
		page,
		memory: () => memoryOf(mark),
		async close() {
			await context.close();
			server.closeAllConnections();
			server.close();
			await rm(profile, { recursive: true, force: true });
		},
	};
}

/** The client as a bundler gives it to users, by path: what is imported on demand in files of its own. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
	const result = await build({
		configFile: false,
		logLevel: "warn",
		resolve: { conditions: ["source"] },
		build: {
			write: false,
			lib: {
				entry: fileURLToPath(new URL("../../src/browser/index.ts", import.meta.url)),
				formats: ["es"],
				fileName: "skyput",
			},
		},
	});
	const [output] = [result].flat();
	if (!output || !("output" in output)) throw new Error("The client was not bundled");
	const chunks = output.output.filter((file) => file.type === "chunk");
	return new Map(chunks.map(({ fileName, code }) => [`/${fileName}`, code]));
}

const document = `<!doctype html><link rel="icon" href="data:,"><input type="file" id="file">
<script type="module">import * as skyput from "/skyput.js"; window.skyput = skyput</script>`;

async function serve(scripts: ReadonlyMap<string, string>): Promise<http.Server> {
	const server = http.createServer((request, response) => {
		const script = scripts.get(request.url ?? "");
		response.setHeader("content-type", script ? "text/javascript" : "text/html");
		response.end(script ?? document);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return server;
}

/** The sum over the process that was started with these words, and all that descend from it. */
function memoryOf(mark: string): number {
	const children = new Map<string, string[]>();
	const tree: string[] = [];
	for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		// the name, which may hold anything, stands in parentheses; the parent comes second after it
		const parent = read(pid, "stat").split(") ").at(-1)?.split(" ")[1] ?? "";
		children.set(parent, [...(children.get(parent) ?? []), pid]);
		const words = read(pid, "cmdline");
		if (words.includes(mark) && !words.includes("--type=")) tree.push(pid);
	}
	if (tree.length !== 1) throw new Error(`Of the browser there are ${tree.length} processes`);
	let kibibytes = 0;
	// grows while it is walked
	for (const pid of tree) {
		tree.push(...(children.get(pid) ?? []));
		const sums = read(pid, "smaps_rollup").matchAll(/^Pss_(?:Anon|Shmem): +(\d+) kB$/gm);
		for (const [, sum] of sums) kibibytes += Number(sum);
	}
	return kibibytes / 1024;
}

/** What /proc tells of a process; nothing of one that has ended meanwhile. */
function read(pid: string, name: string): string {
	try {
		return readFileSync(`/proc/${pid}/${name}`, "utf8");
	} catch {
		return "";
	}
}
