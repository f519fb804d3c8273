// What AWS would run: a bucket, and the Lambda function behind API Gateway. Every caller is user 42.
import { startBackend } from "@skyput/testing";
import { uploads } from "./uploads.mjs";

export async function startDemoBackend() {
	const { endpoint, storage, provider, handlerProxy, close } = await startBackend({
		uploads,
		principal: { sub: "42" },
		// breaks nothing; its log counts the calls
		handlerProxy: {},
	});
	let seen = 0;
	return {
		endpoint,
		storage: `${storage.endpoint}/${storage.bucket}`,
		provider,
		/** The number of handler calls since the last time it was asked. */
		takeCalls() {
			const calls = handlerProxy.log.length - seen;
			seen = handlerProxy.log.length;
			return calls;
		},
		close,
	};
}
