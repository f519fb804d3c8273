import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname } from "node:path";
import { json } from "node:stream/consumers";
import type { DevHandler } from "./dev-handler.js";
import type { LocalStorage } from "./local-storage.js";
import { pageTargets } from "./page-targets.js";

const types: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".woff2": "font/woff2",
};

export interface DevServerOptions {
	readonly port: number;
	readonly handler: DevHandler;
	readonly storage: LocalStorage;
	readonly user: string;
	/** Called when the page switches the faults. */
	readonly onFaults: (on: boolean) => void;
}

/** The page and the handler on one origin. */
export interface DevServer {
	/** `http://127.0.0.1:<port>`. */
	readonly address: string;
	close(): Promise<void>;
}

/** Starts the server. Rejects with the code EADDRINUSE where the port is taken. */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
	const files = await readPage(new URL("page/", import.meta.url));
	const server = createServer((request, response) => {
		answer(options, files, request, response).catch(() => response.destroy());
	});
	server.listen(options.port, "127.0.0.1");
	await once(server, "listening");
	const address = server.address();
	const port = typeof address === "object" ? address?.port : undefined;
	return {
		address: `http://127.0.0.1:${port}`,
		async close() {
			const closed = once(server, "close");
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}

type Page = ReadonlyMap<string, Buffer>;

async function readPage(folder: URL): Promise<Page> {
	const names = await readdir(folder);
	return new Map(
		await Promise.all(
			names.map(async (name) => [`/${name}`, await readFile(new URL(name, folder))] as const),
		),
	);
}

async function answer(
	options: DevServerOptions,
	page: Page,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const { handler, storage } = options;
	if (!isLocal(request)) return refuse(response);
	const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
	if (/^\/uploads(\/|$)/.test(pathname)) return handler.handle(request, response);
	if (pathname === "/faults" && request.method === "POST")
		return switchFaults(options, request, response);
	if (request.method !== "GET") return plain(response, 405, "Send GET.");
	if (pathname.startsWith("/stored/")) {
		return sendToStorage(storage, decodeURIComponent(pathname.slice("/stored/".length)), response);
	}
	if (pathname === "/") return send(response, ".html", writeConfig(options, page));
	const file = page.get(pathname);
	if (file) return send(response, extname(pathname), file);
	plain(response, 404, "There is nothing here.");
}

/** Refuses pages of other sites, also those whose host name resolves to this machine (DNS rebinding). */
function isLocal({ headers }: IncomingMessage): boolean {
	const { host = "", origin } = headers;
	return isLocalUrl(`http://${host}`) && (origin === undefined || isLocalUrl(origin));
}

const isLocalUrl = (text: string): boolean =>
	/^(localhost|127\.0\.0\.1|\[::1\]|.+\.localhost)$/.test(URL.parse(text)?.hostname ?? "");

/** The page with what it has to know. */
function writeConfig({ handler, storage, user }: DevServerOptions, page: Page): string {
	const config = {
		targets: pageTargets(handler.table.uploads, user),
		faults: storage.faults,
	};
	const html = page.get("/index.html")?.toString() ?? "";
	return html.replace(
		/(<script type="application\/json" id="config">).*?(<\/script>)/s,
		(_, start: string, end: string) =>
			`${start}${JSON.stringify(config).replaceAll("<", "\\u003c")}${end}`,
	);
}

async function switchFaults(
	{ onFaults }: DevServerOptions,
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const body: unknown = await json(request).catch(() => null);
	const on = typeof body === "object" && body !== null && "on" in body ? body.on : undefined;
	if (typeof on !== "boolean")
		return plain(response, 400, 'Send { "on": true } or { "on": false }.');
	onFaults(on);
	response.writeHead(204).end();
}

/** Whoever runs the server may read everything. */
async function sendToStorage(
	{ provider }: LocalStorage,
	key: string,
	response: ServerResponse,
): Promise<void> {
	// saved as a file, never opened as a page
	const options = { expiresIn: 60, contentDisposition: "attachment" };
	const { url } = await provider().signDownload(key, options);
	response.writeHead(302, { location: url, "cache-control": "no-store" }).end();
}

/** In the form of the handler, whose clients read the code. */
function refuse(response: ServerResponse): void {
	const problem = {
		type: "https://skyput.dev/errors/forbidden",
		title: "Not allowed",
		status: 403,
		detail: "`skyput dev` answers pages of this machine only: open yours at http://localhost.",
		code: "forbidden",
		requestId: randomUUID(),
	};
	response
		.writeHead(403, { "content-type": "application/problem+json", "cache-control": "no-store" })
		.end(JSON.stringify(problem));
}

function send(response: ServerResponse, extension: string, body: string | Buffer): void {
	const type = types[extension] ?? "application/octet-stream";
	response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
}

function plain(response: ServerResponse, status: number, text: string): void {
	response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
}
