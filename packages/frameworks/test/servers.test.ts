import type { Server } from "node:http";
import { type GatewayHandler, startGateway } from "@skyput/testing";
import { afterAll, beforeAll } from "vitest";
import { checkServer, startStorage } from "./check-server.ts";
import { running } from "./listening.ts";

let storage: Awaited<ReturnType<typeof startStorage>>;
beforeAll(async () => {
	storage = await startStorage();
});
afterAll(() => storage.close());

/** The documentation shows these files; each listens when it is loaded. */
const servers: Readonly<Record<string, () => Promise<{ readonly server: unknown }>>> = {
	express: () => import("../servers/express.ts"),
	fastify: () => import("../servers/fastify.ts"),
	koa: () => import("../servers/koa.ts"),
	nest: () => import("../servers/nest.ts"),
	hono: () => import("../servers/hono.ts"),
	h3: () => import("../servers/h3.ts"),
};
for (const [name, load] of Object.entries(servers)) {
	checkServer(`servers/${name}.ts`, async () => running((await load()).server as Server));
}

checkServer("servers/lambda.ts", async () => {
	const { handler } = await import("../servers/lambda.ts");
	const gateway = await startGateway(handler as unknown as GatewayHandler);
	return { endpoint: `${gateway.endpoint}/uploads`, close: gateway.close };
});
