import { hash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { run } from "./command.mjs";

/**
 * Serves the packed packages as an npm registry would, and everything else from the registry that npm uses here.
 *
 * @param {Readonly<Record<string, string>>} tarballs by the package's name
 * @returns {Promise<{ url: string, close: () => void }>}
 */
export async function startRegistry(tarballs) {
	const upstream = (await run("npm", ["config", "get", "registry"])).trim();
	/** What is served, by path. */
	const own = new Map();
	const server = createServer((request, response) => {
		answer(request, response).catch((error) => {
			// npm asks again for minutes after a connection that broke off, and not after this
			if (response.headersSent) response.destroy();
			else response.writeHead(400, { "npm-notice": `${upstream}: ${error.cause ?? error}` }).end();
		});
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const url = `http://127.0.0.1:${server.address().port}/`;
	for (const [name, tarball] of Object.entries(tarballs)) {
		const path = `/-tarballs/${name.replace("/", "-")}.tgz`;
		const bytes = await readFile(tarball);
		own.set(path, bytes);
		own.set(`/${name}`, await describe(tarball, bytes, new URL(path, url).href));
	}

	async function answer({ url: path, headers }, response) {
		const found = own.get(decodeURIComponent(path));
		if (found) return response.setHeader("content-type", "application/json").end(found);
		const { accept = "*/*" } = headers;
		const reply = await fetch(new URL(path.slice(1), upstream), { headers: { accept } });
		const type = reply.headers.get("content-type") ?? "application/octet-stream";
		response.writeHead(reply.status, { "content-type": type });
		Readable.fromWeb(reply.body).pipe(response);
	}

	return {
		url,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
}

/** The registry's document of a package that has one version: the packed one. */
async function describe(file, bytes, tarball) {
	const manifest = JSON.parse(await run("tar", ["-xzOf", file, "package/package.json"]));
	const { name, version } = manifest;
	const integrity = `sha512-${hash("sha512", bytes, "base64")}`;
	return JSON.stringify({
		name,
		"dist-tags": { latest: version },
		versions: { [version]: { ...manifest, dist: { tarball, integrity } } },
	});
}
