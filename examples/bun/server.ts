import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { uploads } from "./uploads.ts";

const handleUploads = createFetchHandler({
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

const server = Bun.serve({
	hostname: "127.0.0.1",
	port: Number(process.env.PORT ?? 3000),
	routes: { "/uploads": handleUploads, "/uploads/*": handleUploads },
});
console.log(`uploads at ${server.url}uploads`);
