import type { Server } from "node:http";
import { inspect } from "node:util";
import { type GatewayHandler, startGateway } from "@skyput/testing";
import { afterAll, afterEach, beforeAll, vi } from "vitest";
import { type BrokenServer, type Change, checkBrokenSetUps } from "./broken-set-ups.ts";
import { startTestStorage } from "./check-server.ts";
import { running } from "./listening.ts";

// The documentation followed, and then one mistake.

let storage: Awaited<ReturnType<typeof startTestStorage>>;
beforeAll(async () => {
	storage = await startTestStorage();
});
afterAll(() => storage.close());
afterEach(() => {
	vi.restoreAllMocks();
	vi.unstubAllEnvs();
});

/** Loads a file of the documentation with a change, and collects what it logs. */
async function loadChanged<Module>(file: string, { env = {}, edit, minutesAhead = 0 }: Change) {
	const calls: unknown[][] = [];
	for (const level of ["error", "warn"] as const) {
		vi.spyOn(console, level).mockImplementation((...values) => void calls.push(values));
	}
	for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value || undefined);
	const now = Date.now;
	// the storage takes its time from `new Date()`
	vi.spyOn(Date, "now").mockImplementation(() => now() + minutesAhead * 60_000);
	vi.resetModules();
	const query = edit ? `?edit=${encodeURIComponent(JSON.stringify(edit))}` : "";
	const module: Module = await import(/* @vite-ignore */ `../servers/${file}${query}`);
	const log = (): string => calls.map((values) => inspect(values, { depth: 5 })).join("\n");
	return { module, log };
}

const startServer =
	(file: string) =>
	async (change: Change): Promise<BrokenServer> => {
		const { module, log } = await loadChanged<{ server: Server }>(file, change);
		return { ...(await running(module.server)), log };
	};

const mount = 'app.use(\n\t"/api/uploads"';
const readBody = "(request, _response, next) => void request.resume().once('end', () => next())";

checkBrokenSetUps("servers/express.ts", startServer("express.ts"), {
	operations: [mount, mount.replace("use", "post")],
	body: ["app.use(express.json())", `app.use(${readBody})`],
});
checkBrokenSetUps("servers/nest.ts", startServer("nest.ts"), {
	operations: [mount, mount.replace("app.use", "app.getHttpAdapter().post")],
	body: [mount, `app.use(${readBody});\n${mount}`],
});
checkBrokenSetUps("servers/nest-controller.ts", startServer("nest-controller.ts"), {
	operations: ['@All(["", "*path"])', "@All()"],
	response: {
		edit: [
			"@Res() response: ServerResponse) {\n\t\treturn",
			"@Res({ passthrough: true }) response: ServerResponse) {\n\t\tvoid",
		],
	},
});
const hijack = `(request, reply) => {
		reply.hijack();
		// Fastify has read the body already
		return`;
checkBrokenSetUps("servers/fastify.ts", startServer("fastify.ts"), {
	operations: [', "/api/uploads/*"', ""],
	body: ["Object.assign(request.raw, { body: request.body })", "request.raw"],
	response: { edit: [hijack, "async (request, reply) => {\n\t\tvoid"] },
});
checkBrokenSetUps("servers/koa.ts", startServer("koa.ts"), {
	operations: ["(\\/|$)", "$"],
	body: ["{ patchNode: true }", ""],
	response: { edit: ["ctx.respond = false;\n\tawait handleUploads", "handleUploads"] },
});
checkBrokenSetUps("servers/hono.ts", startServer("hono.ts"), {
	operations: ["/api/uploads/*", "/api/uploads"],
	body: ["(c) =>", "async (c) => (await c.req.json()) &&"],
	response: { edit: ["(c) =>", "(c) => void"] },
});
checkBrokenSetUps("servers/h3.ts", startServer("h3.ts"), {
	operations: [', "/api/uploads/**"', ""],
	body: ["(event) =>", "async (event) => (await event.req.json()) &&"],
	response: { edit: ["(event) =>", "(event) => void"] },
});

/** Answers as an HTTP API does for a path that it has no route for. */
const routeNone = { statusCode: 404, body: '{"message":"Not Found"}' };

checkBrokenSetUps("servers/lambda.ts", async (change) => {
	const { module, log } = await loadChanged<{ handler: GatewayHandler }>("lambda.ts", change);
	const gateway = await startGateway((event, context) =>
		/^\/uploads(\/|$)/.test(event.rawPath) ? module.handler(event, context) : routeNone,
	);
	return { endpoint: `${gateway.endpoint}/uploads`, close: gateway.close, log };
});
