import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import { uploads } from "./uploads.ts";

/** The upload API, for `app.use("/uploads", createApi())` of whatever serves the page. */
export const createApi = (): ReturnType<typeof createNodeHandler> =>
	createNodeHandler({
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
