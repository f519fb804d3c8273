import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const folder = join(import.meta.dirname, "dist");

const types: Readonly<Record<string, string>> = {
	".css": "text/css",
	".html": "text/html; charset=utf-8",
	".js": "text/javascript",
	".json": "application/json",
	".md": "text/markdown; charset=utf-8",
	".png": "image/png",
	".svg": "image/svg+xml",
	".txt": "text/plain; charset=utf-8",
	".woff2": "font/woff2",
};

/** The file of an address: `/errors` is errors.html, `/decisions/` is decisions/index.html. */
function fileOf(path: string): string | undefined {
	const base = join(folder, normalize(path));
	return [base, `${base}.html`, join(base, "index.html")].find(
		(file) => existsSync(file) && statSync(file).isFile(),
	);
}

/** Serves the built site on a free port of 127.0.0.1, with addresses as they are when it is published. */
export async function serveSite(): Promise<{ readonly address: string; close(): void }> {
	const server = createServer((request, response) => {
		const file = fileOf(decodeURI(new URL(request.url ?? "/", "http://localhost").pathname));
		const found = file ?? join(folder, "404.html");
		response.writeHead(file ? 200 : 404, { "content-type": types[extname(found)] ?? "" });
		createReadStream(found).pipe(response);
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	const { port } = server.address() as AddressInfo;
	return {
		address: `http://127.0.0.1:${port}`,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}
