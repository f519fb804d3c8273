import http from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { build } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import type { Browser, Page } from "../../../../tools/browsers/browser.ts";
import { openBrowser } from "../../../../tools/browsers/open-browser.ts";

/** What a page asks of the worker, and what it gets. */
interface Task {
	readonly size: number;
	readonly endpoint: string;
	readonly abort?: boolean;
}
interface Outcome {
	readonly key?: string;
	readonly code?: string;
	readonly message?: string;
	readonly verified?: boolean;
	/** `loaded` of each progress. */
	readonly loaded: readonly number[];
	/** Calls to the endpoint. */
	readonly calls: number;
	readonly hasXhr: boolean;
}

const worker = `
	import { createClient } from "./src/browser/index.ts";
	addEventListener("install", () => skipWaiting());
	addEventListener("activate", (event) => event.waitUntil(clients.claim()));
	addEventListener("message", ({ data, ports: [port] }) => {
		const loaded = [];
		let calls = 0;
		const client = createClient({
			endpoint: data.endpoint,
			multipartThreshold: 1_000_000,
			concurrency: 2,
			fetch: (request) => (calls++, fetch(request)),
		});
		const file = new File([new Uint8Array(data.size).fill(7)], "a.bin");
		const upload = client.uploadFile(file, "files/" + crypto.randomUUID(), {
			onProgress: (progress) => {
				loaded.push(progress.loaded);
				if (data.abort) upload.abort();
			},
		});
		const tell = (outcome) =>
			port.postMessage({ ...outcome, loaded, calls, hasXhr: "XMLHttpRequest" in self });
		upload.then(
			({ key, verified }) => tell({ key, verified }),
			({ code, message }) => tell({ code, message }),
		);
	});
`;

let backend: Backend;
let server: http.Server;
let browser: Browser;
let page: Page;

/** Bundles the worker: in one file, or with what is imported on demand in files of its own. */
async function bundle(splitting: boolean): Promise<ReadonlyMap<string, string>> {
	const folder = splitting ? "split" : "whole";
	const { outputFiles } = await build({
		stdin: { contents: worker, resolveDir: fileURLToPath(new URL("../..", import.meta.url)) },
		bundle: true,
		write: false,
		format: "esm",
		conditions: ["source"],
		splitting,
		outdir: "/",
		entryNames: folder,
		chunkNames: `${folder}-[hash]`,
	});
	return new Map(outputFiles.map(({ path, text }) => [path, text]));
}

beforeAll(async () => {
	const scripts = new Map([...(await bundle(false)), ...(await bundle(true))]);
	backend = await startBackend({
		uploads: defineUploads({ "files/*path": { authorize: "public" } }),
		handler: { cors: { origins: ["*"] } },
	});
	server = http.createServer((request, response) => {
		const script = scripts.get(request.url ?? "");
		response.setHeader("content-type", script ? "text/javascript" : "text/html");
		response.end(script ?? '<!doctype html><link rel="icon" href="data:,">');
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	browser = await openBrowser(inject("engine"));
	page = await browser.openPage(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
beforeEach(() => backend.clear());
afterAll(async () => {
	await browser?.close();
	server.closeAllConnections();
	server.close();
	await backend.close();
});

/** Uploads in a service worker. */
const run = (script: string, task: Omit<Task, "endpoint">): Promise<Outcome> =>
	page.evaluate(
		async ([script, task]) => {
			for (const old of await navigator.serviceWorker.getRegistrations()) await old.unregister();
			const registration = await navigator.serviceWorker.register(script, { type: "module" });
			const started = registration.installing ?? registration.waiting ?? registration.active;
			while (started?.state !== "activated") {
				await new Promise((resolve) =>
					started?.addEventListener("statechange", resolve, { once: true }),
				);
			}
			const { port1, port2 } = new MessageChannel();
			const outcome = new Promise<Outcome>((resolve) => {
				port1.onmessage = ({ data }) => resolve(data);
			});
			started.postMessage(task, [port2]);
			return await outcome;
		},
		[script, { ...task, endpoint: backend.endpoint }] as const,
	);

describe("a service worker, which has no XMLHttpRequest,", () => {
	it("stores a file by one request", async () => {
		const outcome = await run("/whole.js", { size: 100_000 });
		expect(outcome).toMatchObject({ verified: true, hasXhr: false });
		expect((await backend.read(outcome.key ?? ""))?.length).toBe(100_000);
	});

	it("stores a file in parts, with progress by part", async () => {
		const outcome = await run("/whole.js", { size: 40_000_000 });
		expect(outcome).toMatchObject({ verified: true });
		expect((await backend.read(outcome.key ?? ""))?.length).toBe(40_000_000);
		expect(new Set(outcome.loaded).size).toBeGreaterThan(2);
		expect(outcome.loaded.at(-1)).toBe(40_000_000);
	});

	it("aborts", async () => {
		const outcome = await run("/whole.js", { size: 40_000_000, abort: true });
		expect(outcome).toMatchObject({ code: "aborted" });
	});

	it("says before anything begins how code can be loaded, where import() is forbidden", async () => {
		expect((await run("/split.js", { size: 100_000 })).verified).toBe(true);
		const outcome = await run("/split.js", { size: 40_000_000 });
		expect(outcome).toMatchObject({ code: "unsupported", calls: 0 });
		expect(outcome.message).toMatch(/import\(\).*service worker.*one file/i);
	});
});
