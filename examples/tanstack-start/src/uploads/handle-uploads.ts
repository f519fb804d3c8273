import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { uploads } from "./uploads.ts";

let handler: ((request: Request) => Promise<Response>) | undefined;

/** Makes the handler at the first request, since the build loads this file without the environment. */
export function handleUploads(request: Request): Promise<Response> {
	handler ??= createFetchHandler({
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
	});
	return handler(request);
}
