// A local S3 server in memory, gone when the process exits, and the environment variables for it.
// To use your own bucket, set these variables and remove this file.
import { randomBytes } from "node:crypto";
import { startS3Server } from "@skyput/testing";

const { bucket, region, endpoint, accessKeyId, secretAccessKey } = await startS3Server();

// the SDK prefers a profile to keys, and the session token belongs to other keys
delete process.env.AWS_PROFILE;
delete process.env.AWS_SESSION_TOKEN;
Object.assign(process.env, {
	BUCKET_NAME: bucket,
	AWS_REGION: region,
	AWS_ACCESS_KEY_ID: accessKeyId,
	AWS_SECRET_ACCESS_KEY: secretAccessKey,
	S3_ENDPOINT: endpoint,
	UPLOAD_TOKEN_SECRET: randomBytes(32).toString("base64"),
});
