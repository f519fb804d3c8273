import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import { uploads } from "./uploads.ts";

/** The variables and secrets that `wrangler.jsonc` names. */
interface Env {
	readonly BUCKET_NAME: string;
	readonly AWS_REGION: string;
	readonly AWS_ACCESS_KEY_ID: string;
	readonly AWS_SECRET_ACCESS_KEY: string;
	readonly UPLOAD_TOKEN_SECRET: string;
	/** Absent: AWS. */
	readonly S3_ENDPOINT?: string;
}

const createHandler = (env: Env) =>
	createFetchHandler({
		uploads,
		provider: s3Provider({
			bucket: env.BUCKET_NAME,
			region: env.AWS_REGION,
			endpoint: env.S3_ENDPOINT,
			compatibility: "aws",
			credentials: {
				accessKeyId: env.AWS_ACCESS_KEY_ID,
				secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
			},
		}),
		// replace with your own authentication; here everybody is user 42
		principal: () => ({ sub: "42" }),
		tokenSecret: env.UPLOAD_TOKEN_SECRET,
		cors: { origins: ["http://localhost:5173"] },
	});

let handler: ReturnType<typeof createHandler> | undefined;

export default {
	fetch(request: Request, env: Env): Promise<Response> {
		// the environment is the same for every request that an isolate serves
		handler ??= createHandler(env);
		return handler(request);
	},
};
