import { randomBytes } from "node:crypto";
import { defineUploads, memoryQuota, memoryRateLimit } from "@skyput/server";
import { jsonAudit } from "@skyput/server/audit";
import { s3Provider } from "@skyput/server/s3";

/** A session token as Lambda's roles have: base64 of about 900 characters. */
export const secret = randomBytes(675).toString("base64");

const discard = { error() {}, warn() {}, info() {} };

/** The options of a handler with everything on; lines are written and dropped. */
export const everything = () => ({
	uploads: defineUploads({
		"videos/:userId/*path": {
			maxSize: "50 GB",
			contentTypes: ["video/*"],
			authorize: ({ principal, params }) => principal?.sub === params.userId,
		},
	}),
	provider: s3Provider({
		bucket: "bench-bucket",
		region: "eu-west-1",
		credentials: {
			accessKeyId: "AKIAIOSFODNN7EXAMPLE",
			secretAccessKey: randomBytes(30).toString("base64"),
			sessionToken: secret,
		},
	}),
	principal: () => ({ sub: "42", iss: "https://id.example.com" }),
	tokenSecret: secret,
	cors: { origins: ["https://app.example.com"] },
	hooks: { before() {}, after() {} },
	rateLimit: memoryRateLimit({ limit: 1e9, window: 1 }),
	quota: memoryQuota({ bytes: Number.MAX_SAFE_INTEGER }),
	audit: jsonAudit({ log: discard }),
	log: discard,
});
