// Serves the page and the handler from one origin, so calls to the handler need no CORS. The storage is
// another origin: its bucket allows the page by a CORS rule.
import { request as createRequest, createServer } from "node:http";
import { extname } from "node:path";
import { bundlePage } from "./bundle-page.mjs";

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
	const files = await bundlePage({ conditions });
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

async function answer(backend, files, request, response) {
	const { pathname, search } = new URL(request.url, "http://127.0.0.1");
	const file = files.get(pathname === "/" ? "/index.html" : pathname);
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
