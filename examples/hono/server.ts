import { serve } from "@hono/node-server";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { Hono } from "hono";
import { uploads } from "./uploads.ts";
import { userOf } from "./user-of.ts";

const handleUploads = createFetchHandler({
	uploads,
	provider: s3Provider({
		bucket: process.env.BUCKET_NAME,
		region: process.env.AWS_REGION,
		endpoint: process.env.S3_ENDPOINT, // absent: AWS
		compatibility: "aws",
	}),
	principal: userOf,
	tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
	cors: { origins: ["http://localhost:5173"] },
});

const app = new Hono();
app.all("/uploads/*", (c) => handleUploads(c.req.raw));

export const server = serve(
	{ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 3000) },
	({ address, port }) => console.log(`uploads at http://${address}:${port}/uploads`),
);
