import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
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
	/** MiB that all processes of the browser hold, shared ones by their share. Linux only. */
	memory(): Promise<number>;
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

/** The client in one module that sets `window.skyput`. */
async function bundle(): Promise<string> {
	const result = await build({
		configFile: false,
		logLevel: "warn",
		resolve: { conditions: ["source"] },
		build: {
			write: false,
			lib: {
				entry: fileURLToPath(new URL("../../src/browser/index.ts", import.meta.url)),
				formats: ["iife"],
				name: "skyput",
			},
		},
	});
	const [output] = [result].flat();
	if (!output || !("output" in output)) throw new Error("The client was not bundled");
	return output.output[0].code;
}

async function serve(script: string): Promise<http.Server> {
	const server = http.createServer((request, response) => {
		const isScript = request.url === "/skyput.js";
		response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
		response.end(
			isScript
				? script
				: '<!doctype html><link rel="icon" href="data:,"><input type="file" id="file"><script src="skyput.js"></script>',
		);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return server;
}

/** The sum over the process that was started with these words, and all that descend from it. */
async function memoryOf(mark: string): Promise<number> {
	const children = new Map<string, string[]>();
	let root: string | undefined;
	await forEachProcess(async (pid) => {
		const [stat, words] = await Promise.all(
			["stat", "cmdline"].map((name) => readFile(`/proc/${pid}/${name}`, "utf8")),
		);
		// the name, which may hold anything, stands in parentheses; the parent comes second after it
		const parent = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
		children.set(parent, [...(children.get(parent) ?? []), pid]);
		if (words?.includes(mark) && !words.includes("--type=")) root = pid;
	});
	if (root === undefined) throw new Error("The browser's process was not found");
	const tree = [root];
	// grows while it is walked
	for (const pid of tree) tree.push(...(children.get(pid) ?? []));
	let kibibytes = 0;
	await forEachProcess(async (pid) => {
		const text = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
		kibibytes += Number(/^Pss: +(\d+) kB$/m.exec(text)?.[1]);
	}, tree);
	return kibibytes / 1024;
}

/** Passes over those that end meanwhile. */
async function forEachProcess(
	look: (pid: string) => Promise<void>,
	pids?: readonly string[],
): Promise<void> {
	for (const pid of pids ?? (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
		await look(pid).catch((error: NodeJS.ErrnoException) => {
			if (!/^(ENOENT|ESRCH)$/.test(error.code ?? "")) throw error;
		});
	}
}
