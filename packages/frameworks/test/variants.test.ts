import { inspect } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { bodyParser as koaBody } from "@koa/bodyparser";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { createClient } from "@skyput/client";
import { createNodeHandler } from "@skyput/server/node";
import { createFetchHandler } from "@skyput/server/web";
import express5 from "express";
import express4 from "express-4";
import fastify from "fastify";
import { H3, toNodeHandler } from "h3";
import * as h3v1 from "h3-1";
import { Hono } from "hono";
import { cloneRawRequest } from "hono/request";
import Koa, { type Middleware } from "koa";
import koaBodyParser from "koa-bodyparser";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { uploadOptions, userOf } from "../servers/uploads.ts";
import { checkServer, type RunningServer, startTestStorage } from "./check-server.ts";
import { running, serve } from "./listening.ts";

// What people do around the lines that the documentation shows: body parsers of every kind, before and after,
// base paths and routers.

let storage: Awaited<ReturnType<typeof startTestStorage>>;
beforeAll(async () => {
	storage = await startTestStorage();
});
afterAll(() => storage.close());

const nodeHandler = () =>
	createNodeHandler({
		...uploadOptions(),
		principal: ({ headers }) => userOf(headers.authorization),
	});
const fetchHandler = () =>
	createFetchHandler({
		...uploadOptions(),
		principal: ({ headers }) => userOf(headers.get("authorization")),
	});

type Express = typeof express5;
const expressParsers: Readonly<Record<string, (express: Express) => express5.RequestHandler[]>> = {
	"no parser": () => [],
	"json()": (express) => [express.json()],
	"urlencoded()": (express) => [express.urlencoded({ extended: true })],
	"json() and urlencoded()": (express) => [express.json(), express.urlencoded()],
	"text()": (express) => [express.text()],
	"text() of any type": (express) => [express.text({ type: "*/*" })],
	"raw()": (express) => [express.raw()],
	"raw() of any type": (express) => [express.raw({ type: "*/*" })],
};
for (const [version, express] of [
	["Express 4", express4],
	["Express 5", express5],
] as const) {
	for (const [parser, parsers] of Object.entries(expressParsers)) {
		checkServer(`${version}, ${parser}`, () => {
			const app = express();
			for (const middleware of parsers(express)) app.use(middleware);
			app.use("/api/uploads", nodeHandler());
			return serve(app);
		});
	}
	checkServer(`${version}, a router below a base path`, () => {
		const router = express.Router();
		router.use("/uploads", express.json(), nodeHandler());
		return serve(express().use("/base/v1", router), "/base/v1/uploads");
	});
}

checkServer("Fastify, no parser", async () => {
	const handle = nodeHandler();
	const app = fastify();
	await app.register(
		(scope, _options, done) => {
			scope.removeAllContentTypeParsers();
			scope.addContentTypeParser("*", (_request, _payload, parsed) => parsed(null));
			for (const path of ["/", "/*"]) {
				scope.all(path, (request, reply) => {
					reply.hijack();
					return handle(request.raw, reply.raw);
				});
			}
			done();
		},
		{ prefix: "/base/uploads" },
	);
	await app.listen({ port: 0, host: "127.0.0.1" });
	return running(app.server, "/base/uploads");
});

const koa = (parser: Middleware | undefined, takeBody: boolean): Promise<RunningServer> => {
	const handle = nodeHandler();
	const app = new Koa();
	if (parser) app.use(parser);
	app.use(async (ctx) => {
		ctx.respond = false;
		if (takeBody) Object.assign(ctx.req, { body: ctx.request.body });
		await handle(ctx.req, ctx.res);
	});
	return serve(app.callback());
};
checkServer("Koa, no parser", () => koa(undefined, false));
checkServer("Koa, koa-bodyparser", () => koa(koaBodyParser() as Middleware, true));
checkServer("Koa, @koa/bodyparser", () => koa(koaBody(), true));

checkServer("servers/nest-response.ts, below a global prefix", async () => {
	const { UploadsController } = await import("../servers/nest-response.ts");
	@Module({ controllers: [UploadsController] })
	class AppModule {}
	const app = await NestFactory.create(AppModule, { logger: ["error"] });
	app.setGlobalPrefix("base");
	await app.listen(0, "127.0.0.1");
	return running(app.getHttpServer(), "/base/uploads");
});

checkServer("Hono, a base path and a body that a middleware has read", () => {
	const handle = fetchHandler();
	const app = new Hono().basePath("/base");
	app.use(async (c, next) => {
		if (c.req.method === "POST") await c.req.json();
		await next();
	});
	app.all("/uploads/*", async (c) => handle(await cloneRawRequest(c.req)));
	return serve(getRequestListener(app.fetch), "/base/uploads");
});

checkServer("h3, mounted", () => {
	const app = new H3().mount("/base/uploads", fetchHandler());
	return serve(toNodeHandler(app), "/base/uploads");
});

checkServer("h3 1, as in Nuxt and Nitro 2", () => {
	const handle = fetchHandler();
	const app = h3v1.createApp();
	app.use(
		"/base/uploads",
		h3v1.defineEventHandler((event) => handle(h3v1.toWebRequest(event))),
	);
	return serve(h3v1.toNodeListener(app), "/base/uploads");
});

checkServer("h3 1, the Node handler", () => {
	const app = h3v1.createApp();
	app.use("/base/uploads", h3v1.fromNodeMiddleware(nodeHandler()));
	return serve(h3v1.toNodeListener(app), "/base/uploads");
});

checkServer("node:http", () => serve(nodeHandler()));

const consumers: Readonly<Record<string, () => Promise<RunningServer>>> = {
	"Fastify's parser": async () => {
		const handle = nodeHandler();
		const app = fastify();
		app.all("/api/uploads", (request, reply) => {
			reply.hijack();
			return handle(request.raw, reply.raw);
		});
		await app.listen({ port: 0, host: "127.0.0.1" });
		return running(app.server);
	},
	"koa-bodyparser": () => koa(koaBodyParser() as Middleware, false),
	"Hono's c.req.json()": () => {
		const handle = fetchHandler();
		const app = new Hono().all("/api/uploads", async (c) => {
			await c.req.json();
			return handle(c.req.raw);
		});
		return serve(getRequestListener(app.fetch));
	},
};
test.each(Object.entries(consumers))("names a body that %s has consumed", async (_what, start) => {
	const { endpoint, close } = await start();
	const client = createClient({ endpoint, headers: { authorization: "Bearer 42" } });
	await expect(client.uploadFile(new Uint8Array(1), "users/42/a")).rejects.toMatchObject({
		code: "invalid-request",
		message: expect.stringContaining("was read before"),
	});
	close();
});

const lazy: Readonly<Record<string, () => Promise<RunningServer>>> = {
	Hono: () =>
		serve(
			getRequestListener(new Hono().all("/api/uploads", (c) => fetchHandler()(c.req.raw)).fetch),
		),
	h3: () =>
		serve(toNodeHandler(new H3().all("/api/uploads", (event) => fetchHandler()(event.req)))),
	"h3 1": () => {
		const app = h3v1.createApp();
		const handle = h3v1.defineEventHandler((event) => fetchHandler()(h3v1.toWebRequest(event)));
		return serve(h3v1.toNodeListener(app.use("/api/uploads", handle)));
	},
};
test.each(Object.entries(lazy))(
	"a handler that is made at the first request of %s without a secret: the log names the variable",
	async (_what, start) => {
		vi.stubEnv("UPLOAD_TOKEN_SECRET", undefined);
		const logged = vi.spyOn(console, "error").mockImplementation(() => {});
		const { endpoint, close } = await start();
		const response = await fetch(`${endpoint}?key=users/42/a&size=1`);
		expect(response.status).toBe(500);
		expect(await response.text()).not.toContain("openssl");
		const lines = logged.mock.calls.map((values) => inspect(values, { depth: 5 })).join("\n");
		expect(lines).toMatch(/UPLOAD_TOKEN_SECRET.*openssl rand -base64 32/s);
		logged.mockRestore();
		vi.unstubAllEnvs();
		close();
	},
);
