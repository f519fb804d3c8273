// Stands in for AWS: a bucket, the Lambda function, and an API Gateway whose JWT authorizer says that
// every caller is user 42.
import { randomBytes } from "node:crypto";
import { createLambdaHandler, jwtPrincipal } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import { startGateway, startS3Server } from "@skyput/testing";
import { uploads } from "./uploads.mjs";

export async function startCloud() {
	const storage = await startS3Server();
	const { bucket, region, endpoint, accessKeyId, secretAccessKey, capabilities } = storage;
	const provider = s3Provider({
		bucket,
		region,
		endpoint,
		credentials: { accessKeyId, secretAccessKey },
		capabilities,
	});

	const handler = createLambdaHandler({
		uploads,
		provider,
		principal: jwtPrincipal(),
		tokenSecret: randomBytes(32).toString("base64"),
	});

	let calls = 0;
	const counted = (event, context) => {
		calls++;
		return handler(event, context);
	};
	const gateway = await startGateway(counted, { authorizer: { jwt: { claims: { sub: "42" } } } });

	return {
		endpoint: `${gateway.endpoint}/uploads`,
		storage: `${endpoint}/${bucket}`,
		provider,
		/** Calls of the handler since the last call of this function. */
		takeCalls: () => {
			const taken = calls;
			calls = 0;
			return taken;
		},
		close: async () => {
			await gateway.close();
			await storage.close();
		},
	};
}
