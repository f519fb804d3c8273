// A cold start in a process of its own: first-call.mjs BUNDLE EVENT. Prints the processor time in
// milliseconds, of all threads, that the import and the first call took.

// Lambda's runtime has loaded these before it loads a function
import "node:crypto";
import "node:http";
import "node:https";
import "node:stream";

const [bundle, event] = process.argv.slice(2);
const parsed = JSON.parse(event);
const context = { awsRequestId: "request", getRemainingTimeInMillis: () => 30_000 };
const since = (start) => {
	const { user, system } = process.cpuUsage(start);
	return (user + system) / 1000;
};

const start = process.cpuUsage();
const { handler } = await import(bundle);
const load = since(start);
const { statusCode, body } = await handler(parsed, context);
const both = since(start);

// only whether it is there: a signed URL is printed nowhere
const signed = /[?&]X-Amz-Signature=[0-9a-f]{64}/.test(body);
console.log(JSON.stringify({ load, call: both - load, statusCode, signed }));
