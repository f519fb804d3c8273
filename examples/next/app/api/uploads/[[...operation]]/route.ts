import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { uploads } from "../../../uploads";

let handler: ((request: Request) => Promise<Response>) | undefined;

// Made at the first request: `next build` loads this file too, where no bucket has a name yet.
function handleUploads(request: Request): Promise<Response> {
	handler ??= createFetchHandler({
		uploads,
		provider: s3Provider({
			bucket: process.env.BUCKET_NAME,
			region: process.env.AWS_REGION,
			endpoint: process.env.S3_ENDPOINT, // absent: Amazon's own
			compatibility: "aws",
		}),
		// your login goes here; until then, everybody is user 42
		principal: () => ({ sub: "42" }),
		tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
	});
	return handler(request);
}

export { handleUploads as GET, handleUploads as OPTIONS, handleUploads as POST };
