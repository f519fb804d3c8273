import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { handleUploads } from "./handle-uploads.ts";

const app = new Hono();
app.all("/api/uploads/*", (c) => handleUploads(c.req.raw));

export const server = serve({
	fetch: app.fetch,
	hostname: "127.0.0.1",
	port: Number(process.env.PORT ?? 3000),
});
