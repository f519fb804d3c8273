import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { bundle } from "./cold-start/bundle.mjs";
import { median } from "./median.mjs";
import { stopped } from "./stopped.mjs";

export const title = "Cold start: a bundled handler's import and first signed URL, processor time";

const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));
const program = fromHere("./cold-start/first-call.mjs");

const key = "users/42/film.mp4";
const size = 1_000_000;

/** An event of an HTTP API behind a JWT authorizer. */
const event = (method, query, body) => ({
	version: "2.0",
	routeKey: "$default",
	rawPath: "/uploads",
	rawQueryString: new URLSearchParams(query).toString(),
	headers: { "content-type": "application/json", origin: "https://app.example.com" },
	...(query ? { queryStringParameters: query } : {}),
	requestContext: {
		requestId: "request",
		stage: "$default",
		http: { method, path: "/uploads", sourceIp: "192.0.2.1" },
		authorizer: { jwt: { claims: { sub: "42" }, scopes: null } },
	},
	...(body ? { body: JSON.stringify(body) } : {}),
	isBase64Encoded: false,
});

/** Credentials of a Lambda role, and the variables of both handlers. */
const env = {
	AWS_REGION: "eu-west-1",
	AWS_ACCESS_KEY_ID: "ASIAIOSFODNN7EXAMPLE",
	AWS_SECRET_ACCESS_KEY: randomBytes(30).toString("base64"),
	AWS_SESSION_TOKEN: randomBytes(675).toString("base64"),
	BUCKET_NAME: "bench-bucket",
	URL_EXPIRATION_SECONDS: "300",
	UPLOAD_TOKEN_SECRET: randomBytes(48).toString("base64"),
	ALLOWED_ORIGINS: "https://app.example.com",
};

const plain = event("GET", { key, size: String(size) });
const create = event("POST", undefined, { v: 1, key, size, kinds: ["single", "multipart"] });
const first = fromHere("./cold-start/first-handler.mjs");
const ours = fromHere("../../../examples/lambda-s3/src/handler.ts");

/** The first is the baseline. */
const competitors = [
	{ name: "the ten lines, GET", entry: first, event: plain, status: 200 },
	{ name: "skyput, GET", entry: ours, event: plain, status: 200 },
	{ name: "skyput, POST", entry: ours, event: create, status: 201 },
];

export async function run({ quick }) {
	const rounds = quick ? 3 : 25;
	const folder = await mkdtemp(join(tmpdir(), "skyput-cold-start-"));
	try {
		const bundles = new Map();
		for (const [index, entry] of [first, ours].entries()) {
			bundles.set(entry, await bundle(entry, join(folder, String(index))));
		}
		return summarize(bundles, await race(bundles, rounds));
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** Interleaved rounds, each competitor in a new process. */
async function race(bundles, rounds) {
	const measured = [];
	// the first round warms up the page cache
	for (let round = -1; round < rounds; round++) {
		const turn = [];
		for (const { name, entry, event, status } of competitors) {
			stopped.throwIfAborted();
			const words = [program, bundles.get(entry).path, JSON.stringify(event)];
			const { stdout } = await promisify(execFile)(process.execPath, words, { env });
			const result = JSON.parse(stdout);
			if (result.statusCode !== status || !result.signed) {
				throw new Error(`${name} answered ${result.statusCode}, signed: ${result.signed}`);
			}
			turn.push(result);
		}
		if (round >= 0) measured.push(turn);
	}
	return measured;
}

function summarize(bundles, measured) {
	const sum = ({ load, call }) => load + call;
	const rows = competitors.map(({ name, entry }, index) => {
		const over = (pick) => median(measured.map((turn) => pick(turn[index])));
		// compared per round: the speed of a machine drifts
		const ratios = measured.map((turn) => sum(turn[index]) / sum(turn[0]));
		const { startBytes, totalBytes } = bundles.get(entry);
		return {
			"medians of the rounds": name,
			"loaded at start, kB": startBytes / 1000,
			"all files, kB": totalBytes / 1000,
			"import ms": over(({ load }) => load),
			"first call ms": over(({ call }) => call),
			"both ms": over(sum),
			ratio: median(ratios),
			lowest: Math.min(...ratios),
			highest: Math.max(...ratios),
		};
	});
	const unit = "of the ten lines' processor time";
	return {
		rows,
		targets: [
			{
				name: "loaded at start",
				value: rows[1]["loaded at start, kB"],
				atMost: 60,
				unit: "kB",
			},
			...rows.slice(1).map((row) => ({
				name: row["medians of the rounds"],
				value: row.ratio,
				atMost: 0.25,
				unit,
			})),
		],
	};
}
