import { mkdir, symlink } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClient } from "@skyput/client";
import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { makeFolder } from "../folder.js";
import { run } from "../run.js";

// What init writes is run: the route of each framework takes an upload.

const root = fileURLToPath(new URL("../../../..", import.meta.url));
const packages = {
	"@skyput/server": "packages/server",
	express: "packages/frameworks/node_modules/express",
	fastify: "packages/frameworks/node_modules/fastify",
	// Nuxt 4 has version 1
	h3: "packages/frameworks/node_modules/h3-1",
	hono: "packages/frameworks/node_modules/hono",
};

let storage: S3Server;
beforeAll(async () => {
	storage = await startS3Server();
});
afterAll(() => storage?.close());

type Fetch = (request: Request) => Promise<Response>;
/** Imports a file of the project, or a package of its. */
type Import = (path: string) => Promise<Record<string, (...values: unknown[]) => unknown>>;

const path = "/api/uploads";

/** Serves a listener of node:http until the test ends. */
async function served(listener: RequestListener): Promise<Fetch> {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await new Promise((resolve) => server.once("listening", resolve));
	onTestFinished(() => void server.close());
	const { port } = server.address() as AddressInfo;
	return async (request) => {
		const { pathname, search } = new URL(request.url);
		return fetch(new Request(`http://127.0.0.1:${port}${pathname}${search}`, request));
	};
}

/** How a request reaches the file that was written, in each framework. */
const frameworks: Readonly<Record<string, (load: Import) => Promise<Fetch>>> = {
	async next(load) {
		const route = await load("app/api/uploads/[[...operation]]/route.ts");
		return (request) => route[request.method]?.(request) as Promise<Response>;
	},
	async nuxt(load) {
		const { createApp, toWebHandler } = await load("node_modules/h3/dist/index.mjs");
		const { default: route } = await load("server/api/uploads/[...operation].ts");
		const app = createApp?.() as { use(path: string, handler: unknown): void };
		app.use(path, route);
		return toWebHandler?.(app) as Fetch;
	},
	async sveltekit(load) {
		const { fallback } = await load("src/routes/api/uploads/[...operation]/+server.ts");
		return (request) => fallback?.({ request }) as Promise<Response>;
	},
	async astro(load) {
		const { ALL } = await load("src/pages/api/uploads/[...operation].ts");
		return (request) => ALL?.({ request }) as Promise<Response>;
	},
	async "react-router"(load) {
		const { action } = await load("app/routes/api.uploads.$.ts");
		return (request) => action?.({ request }) as Promise<Response>;
	},
	async "tanstack-start"(load) {
		const { Route } = await load("src/routes/api/uploads.$.ts");
		const { server } = Route as unknown as {
			server: { handlers: Record<string, (context: object) => Promise<Response>> };
		};
		return (request) => server.handlers[request.method]?.({ request }) as Promise<Response>;
	},
	async hono(load) {
		const { Hono } = await import(`${root}/packages/frameworks/node_modules/hono/dist/index.js`);
		const { handleUploads } = await load("handle-uploads.ts");
		const app = new Hono();
		app.all(`${path}/*`, (c: { req: { raw: Request } }) => handleUploads?.(c.req.raw));
		return async (request) => app.fetch(request);
	},
	async express(load) {
		const { default: express } = await import(
			`${root}/packages/frameworks/node_modules/express/index.js`
		);
		const { handleUploads } = await load("handle-uploads.ts");
		const app = express();
		app.use(path, handleUploads);
		return served(app);
	},
	async fastify(load) {
		const { default: fastify } = await import(
			`${root}/packages/frameworks/node_modules/fastify/fastify.js`
		);
		const { uploadRoutes } = await load("upload-routes.ts");
		const app = fastify();
		await app.register(uploadRoutes);
		await app.ready();
		return served(app.routing);
	},
	async workers(load) {
		const { handleUploads } = await load("handle-uploads.ts");
		return (request) =>
			handleUploads?.(request, { ...process.env, DEV_USER: "42" }) as Promise<Response>;
	},
	async node(load) {
		const { handleUploads } = await load("handle-uploads.ts");
		return served(handleUploads as RequestListener);
	},
};

/** The part of TanStack Router that a server route uses. */
const tanstackRouter = "export const createFileRoute = () => (options) => options;";

/** A project that `init` was run in, with the variables of the local storage; imports a file of it. */
async function initialised(id: string): Promise<Import> {
	const cwd = await makeFolder({
		"package.json": '{ "type": "module" }',
		"node_modules/@tanstack/react-router/package.json":
			'{ "type": "module", "exports": "./index.js" }',
		"node_modules/@tanstack/react-router/index.js": tanstackRouter,
	});
	for (const [name, target] of Object.entries(packages)) {
		const link = join(cwd, "node_modules", name);
		await mkdir(dirname(link), { recursive: true });
		await symlink(join(root, target), link, "junction");
	}
	const words = ["init", "--yes", "--no-install", "--framework", id];
	expect(await run(words, { cwd })).toMatchObject({ exitCode: 0 });
	const variables = {
		BUCKET_NAME: storage.bucket,
		AWS_REGION: storage.region,
		S3_ENDPOINT: storage.endpoint,
		AWS_ACCESS_KEY_ID: storage.accessKeyId,
		AWS_SECRET_ACCESS_KEY: storage.secretAccessKey,
		UPLOAD_TOKEN_SECRET: "a secret of a test, of at least 32 bytes",
	};
	for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
	onTestFinished(() => void vi.unstubAllEnvs());
	return (file) => import(join(cwd, file));
}

test.each(Object.entries(frameworks))(
	"the handler that it writes for %s takes an upload",
	async (id, connect) => {
		const call = await connect(await initialised(id));
		const client = createClient({ endpoint: `http://127.0.0.1${path}`, fetch: call });
		const key = `users/42/${crypto.randomUUID()}.bin`;
		// in parts, so that operations below the path are called
		const upload = client.uploadFile(new Uint8Array(10), key, { multipartThreshold: 1 });
		expect(await upload).toMatchObject({ key, size: 10 });
	},
);

test("the handler that it writes for Lambda signs a URL for the user of the authorizer's token", async () => {
	const load = await initialised("lambda");
	const { handler } = await load("upload-handler.ts");
	const call = async (sub: string): Promise<unknown> =>
		handler?.({
			version: "2.0",
			rawPath: "/uploads",
			rawQueryString: "",
			headers: { "content-type": "application/json", host: "api.example.com" },
			requestContext: {
				http: { method: "POST", path: "/uploads" },
				authorizer: { jwt: { claims: { sub } } },
			},
			body: JSON.stringify({ v: 1, key: "users/42/a.bin", size: 10 }),
			isBase64Encoded: false,
		});
	expect(await call("42")).toMatchObject({
		statusCode: 201,
		body: expect.stringContaining(`https://${storage.bucket}.s3.`),
	});
	expect(await call("7")).toMatchObject({ statusCode: 403 });
});
