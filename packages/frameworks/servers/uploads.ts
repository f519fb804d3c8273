import { defineUploads } from "@skyput/server";
import { s3Provider } from "@skyput/server/s3";

export const uploads = defineUploads({
	"users/:userId/*path": {
		maxSize: "5 GB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
		authorizeRead: ({ principal, params }) => principal?.sub === params.userId, // absent: nobody downloads
	},
});

/** A function, since some frameworks load this file while they build, without the environment. */
export const uploadOptions = () => ({
	uploads,
	provider: s3Provider({
		bucket: process.env.BUCKET_NAME,
		region: process.env.AWS_REGION,
		endpoint: process.env.S3_ENDPOINT, // absent: AWS
		compatibility: "aws",
	}),
	tokenSecret: process.env.UPLOAD_TOKEN_SECRET,
	cors: { origins: ["http://localhost:5173"] },
});

/** Replace with your own authentication: here a bearer token is the user's id. */
export function userOf(authorization: string | null | undefined) {
	const [, sub] = /^Bearer (.+)$/.exec(authorization ?? "") ?? [];
	return sub ? { sub } : null;
}
