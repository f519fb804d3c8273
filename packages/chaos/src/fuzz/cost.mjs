// What a request costs the server, whatever a stranger sends: processor time and heap, as multiples of
// JSON.parse of 64 kB in the same run. Behind ./web and ./node without the bytes above 64 kB of a body, which the
// runtime reads and the handler drops.
import { Readable } from "node:stream";
import { memoryRateLimit } from "@skyput/server";
import { jsonAudit } from "@skyput/server/audit";
import { createLambdaHandler } from "@skyput/server/lambda";
import { createNodeHandler } from "@skyput/server/node";
import { s3Provider } from "@skyput/server/s3";
import { createFetchHandler } from "@skyput/server/web";
import fc from "fast-check";
import { bodies, fill, hostile, queries, units } from "./cost-inputs.mjs";
import { uploads } from "./endpoint.mjs";

/** The largest multiple. */
const limit = 3;
/** Calls in one measurement, and measurements of which the best counts: other programs run beside it. */
const calls = 20;
const rounds = 8;

const usual = JSON.stringify({ list: Array.from({ length: 5032 }, (_, n) => `value ${n}`) });
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secretsecretsecret" };

/** Takes what createNodeHandler answers. */
const response = { writeHead() {}, end() {} };

/** By adapter: a function that sends the request once. */
function requestOf({ body, query, header, unit, length, base64, path }, { lambda, web, node }) {
	const text = units[unit];
	const content = body && bodies[body](text, length);
	const method = query === undefined ? "POST" : "GET";
	const search = query ? queries[query](text, length) : "";
	const headers = { "content-type": "application/json", origin: "https://a.example" };
	if (header) headers[header] = `https://${fill(text, length)}`;
	const event = {
		version: "2.0",
		rawPath: `/${path}`,
		rawQueryString: search,
		headers,
		body: base64 ? Buffer.from(content).toString("base64") : content,
		isBase64Encoded: base64 ?? false,
		requestContext: { http: { method }, authorizer: { lambda: { sub: "7" } } },
	};
	const url = `/${path}?${search}`;
	const bytes = content === undefined ? undefined : Buffer.from(content);
	if (bytes?.length > 64_000) return { lambda: () => lambda(event) };
	const request = { method, headers, body: bytes };
	const incoming = () =>
		Object.assign(Readable.from(bytes ? [bytes] : []), { method, headers, url });
	return {
		lambda: () => lambda(event),
		// a Request takes no such headers
		...(header ? {} : { web: () => web(new Request(`http://a${url}`, request)) }),
		node: () => node(incoming(), response),
	};
}

const silent = { error() {}, warn() {}, info() {} };

function startHandlers() {
	const s3 = s3Provider({ bucket: "bucket", region: "eu-west-1", credentials });
	// the calls that would leave the machine
	const provider = {
		...s3,
		head: async () => null,
		createMultipart: async ({ key }) => ({ key, id: "1" }),
	};
	const options = {
		uploads,
		provider,
		tokenSecret: "0123456789abcdef0123456789abcdef",
		cors: { origins: ["https://*.example", "https://app.example"] },
		log: silent,
		rateLimit: memoryRateLimit({ limit: 1e9, window: 1 }),
		audit: jsonAudit({ log: silent }),
		principal: () => ({ sub: "7" }),
	};
	return {
		lambda: createLambdaHandler(options),
		web: createFetchHandler(options),
		node: createNodeHandler(options),
	};
}

async function processorTime(work) {
	const start = process.cpuUsage();
	for (let call = 0; call < calls; call++) await work();
	const { user, system } = process.cpuUsage(start);
	return user + system;
}

/** Bytes that one call allocates; less where the collector runs meanwhile. */
async function heapOf(work) {
	globalThis.gc();
	const before = process.memoryUsage().heapUsed;
	await work();
	return process.memoryUsage().heapUsed - before;
}

const parse = async () => JSON.parse(usual);

/** The best multiple of what parsing costs. */
async function multiple(measure, work) {
	let best = Number.POSITIVE_INFINITY;
	for (let round = 0; round < rounds && best > limit; round++) {
		best = Math.min(best, (await measure(work)) / (await measure(parse)));
	}
	return best;
}

/**
 * @param {{ seed: number, runs: number, onInput: (input: unknown) => void }} options
 * @returns the largest multiples seen
 * @throws {Error} that names the shrunk input
 */
export async function runCost({ seed, runs, onInput }) {
	const handlers = startHandlers();
	const most = { processor: 0, heap: 0 };
	const property = fc.asyncProperty(hostile, async (input) => {
		onInput(input);
		for (const [name, work] of Object.entries(requestOf(input, handlers))) {
			// compiled, before it is measured
			await work();
			for (const [what, measure] of [
				["processor", processorTime],
				["heap", heapOf],
			]) {
				const times = await multiple(measure, work);
				if (times > limit) {
					throw new Error(`${name}: ${times.toFixed(1)} times the ${what} of JSON.parse of 64 kB`);
				}
				most[what] = Math.max(most[what], times);
			}
		}
	});
	for (let call = 0; call < 200; call++) await parse();
	await fc.assert(property, { seed, numRuns: runs });
	return most;
}
