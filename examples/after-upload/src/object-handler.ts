import { jsonAudit } from "@skyput/server/audit";
import {
	archiveLimits,
	checksum,
	clamav,
	createObjectHandler,
	guardDuty,
	maxPixels,
	sniffType,
} from "@skyput/server/events";
import { s3Provider } from "@skyput/server/s3";
import { uploads } from "./uploads.js";

const {
	BUCKET_NAME,
	S3_ENDPOINT,
	CLAMD_HOST = "",
	CLAMD_PORT = "3310",
	CLAMD_MAX_AGE = "7",
} = process.env;

const scan = CLAMD_HOST
	? clamav({
			host: CLAMD_HOST,
			port: Number(CLAMD_PORT),
			maxAge: CLAMD_MAX_AGE === "any" ? false : Number(CLAMD_MAX_AGE),
		})
	: guardDuty();

export const handler = createObjectHandler({
	uploads,
	provider: s3Provider({ bucket: BUCKET_NAME, endpoint: S3_ENDPOINT, compatibility: "aws" }),
	steps: [sniffType(), maxPixels(), archiveLimits(), scan, checksum()],
	audit: jsonAudit(),
});
