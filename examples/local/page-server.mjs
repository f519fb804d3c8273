// Serves the page and the handler from one origin, so calls to the handler need no CORS. The storage is
// another origin: its bucket allows the page by a CORS rule.
import { readFile } from "node:fs/promises";
import { request as createRequest, createServer } from "node:http";
import { basename, extname } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const folder = fileURLToPath(new URL("page", import.meta.url));
const types = {
	".html": "text/html; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".woff2": "font/woff2",
};

/**
 * Serves the demo's page.
 *
 * @param backend what `startDemoBackend` resolved to
 * @param {{ conditions?: string[] }} options `conditions` of the packages' `exports` to bundle by
 */
export async function startPage(backend, { conditions = [] } = {}) {
	const files = await bundle(conditions);
	const server = createServer((request, response) => {
		answer(backend, files, request, response).catch(() => response.destroy());
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		address: `http://127.0.0.1:${server.address().port}/`,
		close: () =>
			new Promise((resolve) => {
				server.close(resolve);
				server.closeAllConnections();
			}),
	};
}

/** Script, style and fonts of the page by path, with the client bundled in. */
async function bundle(conditions) {
	const { outputFiles } = await build({
		entryPoints: ["main.js", "style.css"],
		absWorkingDir: folder,
		outdir: folder,
		bundle: true,
		format: "esm",
		target: "es2022",
		loader: { ".woff2": "file" },
		conditions,
		write: false,
	});
	const built = outputFiles.map(({ path, contents }) => [`/${basename(path)}`, contents]);
	return new Map([...built, ["/", await readFile(`${folder}/index.html`)]]);
}

async function answer(backend, files, request, response) {
	const { pathname, search } = new URL(request.url, "http://127.0.0.1");
	const file = files.get(pathname);
	if (file) {
		const type = types[extname(pathname) || ".html"];
		response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(file);
	} else if (/^\/uploads(\/|$)/.test(pathname)) {
		forward(request, response, new URL(pathname + search, backend.endpoint));
	} else if (/^\/stored\/users%2F42%2F./.test(pathname)) {
		await sendToStorage(backend, decodeURIComponent(pathname.slice("/stored/".length)), response);
	} else {
		response.writeHead(404, { "content-type": "text/plain" }).end("There is nothing here.");
	}
}

/** Your app decides who may read; here it is user 42. The link is signed on request and short-lived. */
async function sendToStorage({ provider }, key, response) {
	// saved as a file, never opened as a page
	const options = { expiresIn: 60, contentDisposition: "attachment" };
	const { url } = await provider.signDownload(key, options);
	response.writeHead(302, { location: url, "cache-control": "no-store" }).end();
}

function forward(request, response, url) {
	const { method, headers } = request;
	const onward = createRequest(url, { method, headers }, (reply) => {
		response.writeHead(reply.statusCode, reply.headers);
		reply.pipe(response);
	});
	onward.on("error", () => response.destroy());
	request.pipe(onward);
}
