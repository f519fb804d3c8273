import { createNodeHandler } from "@skyput/server/node";
import fastify from "fastify";
import { uploadOptions, userOf } from "./uploads.ts";

const handleUploads = createNodeHandler({
	...uploadOptions(),
	principal: ({ headers }) => userOf(headers.authorization),
});

const app = fastify();
for (const path of ["/api/uploads", "/api/uploads/*"]) {
	app.all(path, (request, reply) => {
		reply.hijack();
		// Fastify has read the body already
		return handleUploads(Object.assign(request.raw, { body: request.body }), reply.raw);
	});
}

await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" });
export const { server } = app;
