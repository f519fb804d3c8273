import { jsonAudit } from "@skyput/server/audit";
import { createLambdaHandler, jwtPrincipal } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import { uploads } from "./uploads.js";

const { BUCKET_NAME, S3_ENDPOINT, UPLOAD_TOKEN_SECRET, ALLOWED_ORIGINS = "" } = process.env;

export const handler = createLambdaHandler({
	uploads,
	provider: s3Provider({ bucket: BUCKET_NAME, endpoint: S3_ENDPOINT, compatibility: "aws" }),
	principal: jwtPrincipal(),
	tokenSecret: UPLOAD_TOKEN_SECRET,
	cors: { origins: ALLOWED_ORIGINS.split(",") },
	audit: jsonAudit(),
});
