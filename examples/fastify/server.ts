import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import fastify from "fastify";
import { uploads } from "./uploads.ts";

const handleUploads = createNodeHandler({
	uploads,
	provider: s3Provider({
		bucket: process.env.BUCKET_NAME,
		region: process.env.AWS_REGION,
		endpoint: process.env.S3_ENDPOINT, // absent: AWS
		compatibility: "aws",
	}),
	// replace with your own authentication; here everybody is user 42
	principal: () => ({ sub: "42" }),
	tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
	cors: { origins: ["http://localhost:5173"] },
});

const app = fastify();
for (const path of ["/uploads", "/uploads/*"]) {
	app.all(path, (request, reply) => {
		reply.hijack();
		// Fastify has read the body already
		return handleUploads(Object.assign(request.raw, { body: request.body }), reply.raw);
	});
}

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" }));
