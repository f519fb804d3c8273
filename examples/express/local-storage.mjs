// A strict S3 in this process, which forgets everything when the process ends, and the environment
// that leads a server to it. Against your own bucket, set these variables and leave this file out.
import { randomBytes } from "node:crypto";
import { startS3Server } from "@skyput/testing";

const { bucket, region, endpoint, accessKeyId, secretAccessKey } = await startS3Server();

// a profile goes before keys, and a session token belongs to other ones
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
