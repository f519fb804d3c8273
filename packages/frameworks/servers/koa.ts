import { bodyParser } from "@koa/bodyparser";
import { createNodeHandler } from "@skyput/server/node";
import Koa from "koa";
import { uploadOptions, userOf } from "./uploads.ts";

const handleUploads = createNodeHandler({
	...uploadOptions(),
	principal: ({ headers }) => userOf(headers.authorization),
});

const app = new Koa();
app.use(bodyParser({ patchNode: true })); // hands the body on to `ctx.req`
app.use(async (ctx, next) => {
	if (!/^\/api\/uploads(\/|$)/.test(ctx.path)) return next();
	ctx.respond = false;
	await handleUploads(ctx.req, ctx.res);
});

export const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
