import { randomBytes } from "node:crypto";
import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { createLambdaHandler } from "@skyput/server/lambda";
import { everything, secret } from "./endpoint/everything.mjs";
import { compareServers } from "./endpoint/requests.mjs";
import { median } from "./median.mjs";
import { stopped } from "./stopped.mjs";

export const title =
	"The endpoint with limits, audit, hooks and CORS: processor time, requests a second";

/** Calls in a round. */
const calls = 500;

const file = {
	key: "videos/42/holiday film (1).mp4",
	size: 1_234_567,
	contentType: "video/mp4",
};
const body = JSON.stringify({ v: 1, ...file, kinds: ["single", "multipart", "digest"] });

/** An event of an HTTP API as JSON, as the runtime of Lambda gets it. */
const eventOf = (sent, query = "") =>
	JSON.stringify({
		version: "2.0",
		rawPath: "/uploads",
		rawQueryString: query,
		headers: {
			"content-type": "application/json",
			origin: "https://app.example.com",
			"sec-fetch-site": "cross-site",
			"user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
		},
		body: sent,
		requestContext: {
			requestId: "request-1",
			http: { method: sent === undefined ? "GET" : "POST", path: "/uploads" },
			authorizer: { jwt: { claims: { sub: "42", iss: "https://id.example.com" } } },
		},
	});

/** What strangers send, 64 kB each. */
const strangers = {
	"a wide object": `{${Array.from({ length: 7000 }, (_, n) => `"${n}":1`).join(",")}}`,
	"deep brackets": "[".repeat(63_000),
	quotes: `"${'\\"'.repeat(31_000)}`,
	"combining marks in a key": JSON.stringify({ v: 1, key: "\u0301".repeat(31_000), size: 1 }),
	"a long type": JSON.stringify({
		v: 1,
		key: "a",
		size: 1,
		contentType: `x/${"-".repeat(60_000)}`,
	}),
	"a long token": JSON.stringify({ token: "A.".repeat(30_000) }),
	"many algorithms": JSON.stringify({ v: 1, key: "a", size: 1, algorithms: Array(9000).fill("x") }),
};

export async function run({ quick }) {
	const rounds = quick ? 2 : 9;
	const handler = createLambdaHandler(everything());
	// first: what hostile bodies do to the compiled code is no part of a usual call
	const signing = await compareSigning(handler, rounds);
	const bodies = await compareBodies(handler, rounds);
	const served = await compareServers(body, rounds, quick ? 200 : 2000);
	const share = median(served.map(({ ours, bare }) => ours.perSecond / bare.perSecond));
	const requests = {
		what: "a single create through ./node, requests a second",
		measured: median(served.map(({ ours }) => ours.perSecond)),
		against: "bare node:http",
		reference: median(served.map(({ bare }) => bare.perSecond)),
		ratio: share,
		"p99 ms": median(served.map(({ ours }) => ours.p99)),
	};
	const worst = Math.max(...bodies.map(({ ratio }) => ratio));
	const plain = 1 / signing.at(-1).ratio;
	return {
		rows: [...bodies, ...signing, requests],
		targets: [
			{ name: "a stranger's body", value: worst, atMost: 3, unit: "x JSON.parse of 64 kB" },
			{ name: "a plain URL", value: plain, atLeast: 5, unit: "x faster than the SDK" },
			{ name: "creates through ./node", value: share, atLeast: 0.2, unit: "of bare node:http" },
		],
	};
}

/** Processor time of each call in microseconds. */
async function measure(work) {
	const start = process.cpuUsage();
	for (let call = 0; call < calls; call++) await work();
	const { user, system } = process.cpuUsage(start);
	return (user + system) / calls;
}

/** Medians of two works in turn, and of their ratio; the first two rounds warm up. */
async function interleave(rounds, ours, theirs) {
	const measured = [];
	for (let round = -2; round < rounds; round++) {
		stopped.throwIfAborted();
		const pair = [await measure(ours), await measure(theirs)];
		if (round >= 0) measured.push(pair);
	}
	return {
		measured: median(measured.map(([first]) => first)),
		reference: median(measured.map(([, second]) => second)),
		ratio: median(measured.map(([first, second]) => first / second)),
	};
}

const row = (what, against, { measured, reference, ratio }) => ({
	what: `${what}, µs`,
	measured,
	against,
	reference,
	ratio,
	"p99 ms": undefined,
});

async function compareBodies(handler, rounds) {
	const usual = JSON.stringify({ list: Array.from({ length: 4700 }, (_, n) => `value ${n}`) });
	const rows = [];
	for (const [name, sent] of Object.entries(strangers)) {
		const event = JSON.parse(eventOf(sent));
		const answer = await handler(event);
		if (answer.statusCode < 400 || answer.statusCode >= 500) {
			throw new Error(`${name} was answered ${answer.statusCode}.`);
		}
		const result = await interleave(
			rounds,
			() => handler(event),
			() => JSON.parse(usual),
		);
		rows.push(row(name, "JSON.parse of 64 kB", result));
	}
	return rows;
}

/** A plain URL and a create, against the SDK's signature alone. Plain URLs have no quota. */
async function compareSigning(handler, rounds) {
	const plain = createLambdaHandler({ ...everything(), quota: undefined });
	const query = `key=${encodeURIComponent(file.key)}&size=${file.size}&contentType=video/mp4`;
	const works = [
		["a single create in the Lambda handler", handler, eventOf(body), 201],
		["a plain URL of the Lambda handler", plain, eventOf(undefined, query), 200],
	];
	const rows = [];
	for (const [what, handle, text, status] of works) {
		const answer = await handle(JSON.parse(text));
		if (answer.statusCode !== status) throw new Error(`${what} was answered ${answer.statusCode}.`);
		const result = await interleave(rounds, () => handle(JSON.parse(text)), signWithSdk(text));
		rows.push(row(what, "JSON.parse and getSignedUrl", result));
	}
	return rows;
}

/** Signs the file of an event with the SDK. */
function signWithSdk(text) {
	const credentials = {
		accessKeyId: "AKIAIOSFODNN7EXAMPLE",
		secretAccessKey: randomBytes(30).toString("base64"),
		sessionToken: secret,
	};
	const client = new S3Client({ region: "eu-west-1", credentials });
	return () => {
		JSON.parse(text);
		const command = new PutObjectCommand({
			Bucket: "bench-bucket",
			Key: file.key,
			ContentType: file.contentType,
			ContentLength: file.size,
		});
		return getSignedUrl(client, command, { expiresIn: 300 });
	};
}
