import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";
import { chromium } from "playwright";
import { findChromium } from "../../../tools/find-chromium.ts";

/** What a page is told first of a failed upload. */
export interface PageFailure {
	readonly code: string;
	readonly message: string;
}

/** A page in Chromium whose origin no server lists. */
export interface OtherPage {
	readonly origin: string;
	/** Uploads a file, and resolves with what is told first while the upload goes on; then ends it. */
	failureAt(endpoint: string): Promise<PageFailure>;
	close(): Promise<void>;
}

/** Where Chromium is; undefined where there is none. */
export const executablePath: string | undefined = findChromium();

/** Runs in the page. */
async function uploadTo(endpoint: string): Promise<PageFailure> {
	const { createClient } = (globalThis as unknown as { skyput: typeof import("@skyput/client") })
		.skyput;
	const headers = { authorization: "Bearer 42" };
	const upload = createClient({ endpoint, headers }).uploadFile(new Blob(["film"]), "users/42/a");
	upload.result.catch(() => {});
	const error = await new Promise<PageFailure>((resolve) => {
		const look = (): void => {
			const { error, state } = upload.snapshot();
			if (error) resolve({ code: error.code, message: error.message });
			if (state === "done") resolve({ code: "", message: "The upload succeeded" });
		};
		upload.subscribe(look);
		look();
	});
	upload.abort();
	return error;
}

/** Opens the page, with the client in it. */
export async function openOtherPage(): Promise<OtherPage> {
	const { outputFiles } = await build({
		stdin: {
			contents: 'export { createClient } from "@skyput/client";',
			resolveDir: import.meta.dirname,
		},
		bundle: true,
		format: "iife",
		globalName: "skyput",
		conditions: ["source"],
		write: false,
	});
	const server = createServer((request, response) => {
		const isScript = request.url === "/client.js";
		response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
		response.end(
			isScript
				? outputFiles[0]?.text
				: '<!doctype html><link rel="icon" href="data:,"><script src="/client.js"></script>',
		);
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const args = ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"];
	const browser = await chromium.launch({ executablePath: executablePath ?? "", args });
	const page = await browser.newPage();
	page.setDefaultTimeout(240_000);
	await page.goto(origin);
	return {
		origin,
		failureAt: (endpoint) => page.evaluate(uploadTo, endpoint),
		async close() {
			await browser.close();
			server.closeAllConnections();
			server.close();
		},
	};
}
