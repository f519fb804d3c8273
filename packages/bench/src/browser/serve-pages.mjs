import { createServer } from "node:http";

/**
 * Serves a page with a file input for each script.
 *
 * @param {Readonly<Record<string, ReadonlyMap<string, Uint8Array>>>} bundles by the names of the pages
 */
export async function servePages(bundles) {
	const server = createServer((request, response) => {
		const [, name, path] = /^\/([\w-]+)(\/.*)$/.exec(request.url) ?? [];
		const files = Object.hasOwn(bundles, name) ? bundles[name] : new Map();
		if (path !== "/" && !files.has(path)) return response.writeHead(404).end();
		const script = `/${name}.js`;
		response.setHeader("content-type", path === "/" ? "text/html" : "text/javascript");
		response.end(
			path === "/"
				? `<!doctype html><link rel="icon" href="data:,"><input type="file" id="file"><script type="module" src=".${script}"></script>`
				: files.get(path),
		);
	});
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		/** The URL of a script's page. */
		urlOf: (name) => `http://127.0.0.1:${server.address().port}/${name}/`,
		close: () => {
			server.closeAllConnections();
			server.close();
		},
	};
}
