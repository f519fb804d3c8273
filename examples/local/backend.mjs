// What AWS would run: a bucket, and the Lambda function behind API Gateway. Every caller is user 42.
import { startBackend } from "@skyput/testing";
import { breakNetwork } from "./faults.mjs";
import { uploads } from "./uploads.mjs";

export async function startDemoBackend() {
	const backend = await startBackend({
		uploads,
		principal: { sub: "42" },
		// the page shows refusals
		handler: { log: { error: console.error, warn() {}, info() {} } },
		// they break nothing until the page asks for it; the log of one counts the calls
		handlerProxy: {},
		storageProxy: {},
	});
	const { endpoint, storage, provider, handlerProxy, close } = backend;
	let seen = 0;
	let fault = "none";
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
		/** What is broken. */
		get fault() {
			return fault;
		},
		setFault(name) {
			breakNetwork(backend, name);
			fault = name;
		},
		close,
	};
}
