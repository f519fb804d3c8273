// A cold start in a process of its own. Usage: first-call.mjs BUNDLE EVENT. Prints the processor time of
// the import and the first call, in milliseconds, of all threads.

// Lambda's runtime loads these before the function
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

// a signed URL must not be printed
const signed = /[?&]X-Amz-Signature=[0-9a-f]{64}/.test(body);
console.log(JSON.stringify({ load, call: both - load, statusCode, signed }));
