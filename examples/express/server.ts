import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import express from "express";
import { readSession } from "./session.ts";
import { uploads } from "./uploads.ts";

const app = express();
app.use(express.json());
app.use(readSession);

app.use(
	"/uploads",
	createNodeHandler({
		uploads,
		provider: s3Provider({
			bucket: process.env.BUCKET_NAME,
			region: process.env.AWS_REGION,
			endpoint: process.env.S3_ENDPOINT, // absent: AWS
			compatibility: "aws",
		}),
		principal: ({ user }) => (user ? { sub: user.id } : null),
		tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
		cors: { origins: ["http://localhost:5173"] },
	}),
);

// the rest of an app goes on beside it
app.post("/echo", (request, response) => {
	response.json(request.body);
});

const port = Number(process.env.PORT ?? 3000);
export const server = app.listen(port, "127.0.0.1", () => {
	console.log(`uploads at http://127.0.0.1:${port}/uploads`);
});
