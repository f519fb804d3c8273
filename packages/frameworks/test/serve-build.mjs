// Serves a built app on a free port and sends the port to the process that forked it:
// node serve-build.mjs sveltekit|react-router|astro|nitro FOLDER
import { createServer } from "node:http";
import { pathToFileURL } from "node:url";

const [kind, folder] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(`${folder}/${file}`).href);

const listeners = {
	sveltekit: async () => (await load("build/handler.js")).handler,
	astro: async () => {
		const { handler } = await load("build/server/entry.mjs");
		return (request, response) => handler(request, response, () => response.writeHead(404).end());
	},
	nitro: async () => (await load("build/server/index.mjs")).middleware,
	"react-router": async () => {
		const { createRequestListener } = await import("@react-router/node");
		return createRequestListener({ build: await load("build/server/index.js") });
	},
};

const server = createServer(await listeners[kind]());
server.listen(0, "127.0.0.1", () => process.send(server.address().port));
