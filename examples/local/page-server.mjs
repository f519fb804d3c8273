// Serves the page and the handler from one origin, so calls to the handler need no CORS. The storage is
// another origin: its bucket allows the page by a CORS rule.
import { request as createRequest, createServer } from "node:http";
import { extname } from "node:path";
import { json } from "node:stream/consumers";
import { bundlePage } from "./bundle-page.mjs";
import { faultNames } from "./faults.mjs";

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
	// as long as the servers say whose answers are forwarded
	const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
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
	const file = files.get(pathname);
	if (pathname === "/") {
		const headers = { "content-type": types[".html"], "cache-control": "no-store" };
		response.writeHead(200, headers).end(writeConfig(backend, files));
	} else if (pathname === "/faults" && request.method === "POST") {
		await setFault(backend, request, response);
	} else if (file) {
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

/** The page with what it has to know: here, what can be broken. */
function writeConfig({ fault }, files) {
	const html = String(files.get("/index.html"));
	const faults = JSON.stringify({ choices: faultNames, on: fault });
	return html.replace('"targets"', () => `"faults": ${faults},\n\t\t\t\t"targets"`);
}

async function setFault(backend, request, response) {
	try {
		const { name } = await json(request);
		backend.setFault(name);
		response.writeHead(204).end();
	} catch ({ message }) {
		response.writeHead(400, { "content-type": "text/plain" }).end(message);
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
