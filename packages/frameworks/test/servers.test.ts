import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatewayHandler, startGateway } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkServer, readObject, startTestStorage } from "./check-server.ts";
import { running } from "./listening.ts";

let storage: Awaited<ReturnType<typeof startTestStorage>>;
beforeAll(async () => {
	storage = await startTestStorage();
});
afterAll(() => storage.close());

/** The documentation shows these files; each listens when it is loaded. */
const servers: Readonly<Record<string, () => Promise<{ readonly server: unknown }>>> = {
	express: () => import("../servers/express.ts"),
	fastify: () => import("../servers/fastify.ts"),
	koa: () => import("../servers/koa.ts"),
	nest: () => import("../servers/nest.ts"),
	"nest-controller": () => import("../servers/nest-controller.ts"),
	hono: () => import("../servers/hono.ts"),
	h3: () => import("../servers/h3.ts"),
};
for (const [name, load] of Object.entries(servers)) {
	checkServer(`servers/${name}.ts`, async () => running((await load()).server as Server));
}

test("servers/in-process.ts stores a file without a server", async () => {
	const { saveFilm } = await import("../servers/in-process.ts");
	const folder = await mkdtemp(join(tmpdir(), "skyput-film-"));
	try {
		const bytes = randomBytes(1_000);
		await writeFile(join(folder, "film.mp4"), bytes);
		const name = `${crypto.randomUUID()}.mp4`;
		const { key, verified } = await saveFilm(join(folder, "film.mp4"), name);
		expect({ key, verified }).toEqual({ key: `films/${name}`, verified: true });
		expect(bytes.equals(await readObject(key))).toBe(true);
	} finally {
		await rm(folder, { recursive: true });
	}
});

checkServer("servers/lambda.ts", async () => {
	const { handler } = await import("../servers/lambda.ts");
	const gateway = await startGateway(handler as unknown as GatewayHandler);
	return { endpoint: `${gateway.endpoint}/uploads`, close: gateway.close };
});
