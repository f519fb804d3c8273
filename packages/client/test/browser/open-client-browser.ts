import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import { inject } from "vitest";
import type { Page } from "../../../../tools/browsers/browser.ts";
import { openBrowser } from "../../../../tools/browsers/open-browser.ts";
import { vitePlugin as mutation } from "../../../../tools/mutation.ts";
import type * as client from "../../src/browser/index.js";

declare global {
	interface Window {
		/** The client's entry point for browsers. */
		readonly skyput: typeof client;
		/** The file that was chosen last. */
		readonly chosenFile: () => File;
	}
}

export interface ClientBrowser {
	/** Id of the process that all others of the browser descend from. */
	readonly pid: number;
	/**
	 * Opens a tab that holds a file input, `#file`, and the client as `window.skyput`.
	 *
	 * @param policy the page's Content Security Policy
	 */
	openPage(policy?: string): Promise<Page>;
	close(): Promise<void>;
}

/**
 * Opens the project's engine, driven from Node: files chosen here stay on the disk, as for people.
 *
 * @param certificate serves the pages over https
 * @param scripts served beside the client's, by path
 */
export async function openClientBrowser(
	certificate?: https.ServerOptions,
	scripts: Readonly<Record<string, string>> = {},
): Promise<ClientBrowser> {
	const server = await serve(
		new Map([...(await bundle()), ...Object.entries(scripts)]),
		certificate,
	);
	const scheme = certificate ? "https" : "http";
	const { port } = server.address() as AddressInfo;
	const browser = await openBrowser(inject("engine"));
	return {
		pid: browser.pid,
		async openPage(policy = "") {
			const url = `${scheme}://127.0.0.1:${port}/?${encodeURIComponent(policy)}`;
			const page = await browser.openPage(url);
			await page.evaluate(waitForClient);
			return page;
		},
		async close() {
			await browser.close();
			server.closeAllConnections();
			server.close();
		},
	};
}

/** Runs in the page: WebKit can tell that a page was loaded before its module script has run. */
const waitForClient = async (): Promise<void> => {
	if ("skyput" in window) return;
	await new Promise((resolve) => addEventListener("client-ready", resolve, { once: true }));
};

/** The client as a bundler gives it to users, by path: what is imported on demand in files of its own. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
	const result = await build({
		configFile: false,
		logLevel: "warn",
		plugins: [mutation],
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
<script type="module">
import * as skyput from "/skyput.js";
window.skyput = skyput;
window.chosenFile = () => document.querySelector("#file").files[0];
dispatchEvent(new Event("client-ready"));
</script>`;

async function serve(
	scripts: ReadonlyMap<string, string>,
	certificate?: https.ServerOptions,
): Promise<http.Server> {
	const answer: http.RequestListener = (request, response) => {
		const [path = "", policy] = (request.url ?? "").split("?");
		const script = scripts.get(path);
		response.setHeader("content-type", script ? "text/javascript" : "text/html");
		// a sandboxed page has no origin
		response.setHeader("access-control-allow-origin", "*");
		if (policy) response.setHeader("content-security-policy", decodeURIComponent(policy));
		response.end(script ?? document);
	};
	const server = certificate ? https.createServer(certificate, answer) : http.createServer(answer);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return server;
}
