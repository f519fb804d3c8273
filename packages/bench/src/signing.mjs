import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { S3Client, UploadPartCommand } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { s3Provider } from "@skyput/server/s3";
import { median } from "./median.mjs";
import { stopped } from "./stopped.mjs";

export const title = "Signing a window of 1,000 part URLs, processor time";

const bucket = "bench-bucket";
const region = "eu-west-1";
const ref = { key: "videos/42/holiday film (1).mp4", id: randomBytes(96).toString("base64url") };
const partSize = 16 * 1024 * 1024;
const range = { first: 1, count: 1_000, partSize, lastSize: 1_234_567 };
const expiresIn = 900;

/** Repetitions of what is too short to measure once. */
const windowsPerRound = 20;

const keys = {
	accessKeyId: "AKIAIOSFODNN7EXAMPLE",
	secretAccessKey: randomBytes(30).toString("base64"),
};
const cases = [
	// Lambda roles always have one: base64 of about 900 characters
	["with session token", { ...keys, sessionToken: randomBytes(675).toString("base64") }],
	["without", keys],
];

export async function run({ quick }) {
	const rounds = quick ? 2 : 9;
	const rows = [];
	const targets = [];
	for (const [name, credentials] of cases) {
		const measured = await compare(credentials, rounds);
		// one ratio per round: the speed of a machine drifts
		const ratios = measured.map(({ ours, sdks }) => sdks / ours);
		const perUrl = (pick) => median(measured.map(pick)) / range.count;
		rows.push({
			credentials: name,
			"skyput µs/URL": perUrl(({ ours }) => ours),
			"getSignedUrl µs/URL": perUrl(({ sdks }) => sdks),
			ratio: median(ratios),
			lowest: Math.min(...ratios),
			highest: Math.max(...ratios),
		});
		const unit = "x faster than getSignedUrl";
		targets.push({ name, value: median(ratios), atLeast: 40, unit });
	}
	return { rows, targets };
}

/** Processor time of one window in microseconds, over interleaved rounds. */
async function compare(credentials, rounds) {
	const provider = s3Provider({ bucket, region, credentials });
	const client = sdkClient(credentials);
	const measured = [];
	// the first two rounds warm up the compiler
	for (let round = -2; round < rounds; round++) {
		// yields, so that signals are handled
		await setImmediate();
		stopped.throwIfAborted();
		const ours = await measure(windowsPerRound, () =>
			provider.signParts(ref, range, { expiresIn }),
		);
		const urls = expand(ours.result);
		const signingDate = dateOf(urls[0]);
		const sdks = await measure(1, () => signWithSdk(client, signingDate));
		assertSame(urls, sdks.result);
		if (round >= 0) measured.push({ ours: ours.time, sdks: sdks.time });
	}
	return measured;
}

/** Processor time of one call in microseconds, of all threads, garbage collection included. */
async function measure(times, work) {
	let result;
	const start = process.cpuUsage();
	for (let time = 0; time < times; time++) result = await work();
	const { user, system } = process.cpuUsage(start);
	return { result, time: (user + system) / times };
}

function sdkClient(credentials) {
	const client = new S3Client({
		region,
		credentials,
		// the checksum of an empty body would be signed into every URL
		requestChecksumCalculation: "WHEN_REQUIRED",
	});
	// only names the SDK's command; without it both sign the same URL
	const dropCommandName = (next) => (args) => {
		delete args.request.query["x-id"];
		return next(args);
	};
	client.middlewareStack.add(dropCommandName, { step: "build" });
	return client;
}

/** All at once: the fastest way with the SDK. */
function signWithSdk(client, signingDate) {
	return Promise.all(
		Array.from({ length: range.count }, (_, index) => {
			const command = new UploadPartCommand({
				Bucket: bucket,
				Key: ref.key,
				UploadId: ref.id,
				PartNumber: range.first + index,
				ContentLength: index === range.count - 1 ? range.lastSize : range.partSize,
			});
			return getSignedUrl(client, command, { expiresIn, signingDate });
		}),
	);
}

/** The URLs of a window, as the client builds them. */
function expand({ urls: [url], values, first }) {
	return values.map((value, index) =>
		url.replace("{partNumber}", () => String(first + index)).replace("{value}", () => value),
	);
}

function dateOf(url) {
	const compact = new URL(url).searchParams.get("X-Amz-Date");
	return new Date(compact.replace(/^(....)(..)(..T..)(..)/, "$1-$2-$3:$4:"));
}

/** @throws {Error} unless both signed the same, in any order of parameters */
function assertSame(urls, sdkUrls) {
	const sorted = (url) => {
		const parsed = new URL(url);
		parsed.searchParams.sort();
		return parsed.href;
	};
	const different = sdkUrls.findIndex(
		(url, index) => urls[index] === undefined || sorted(urls[index]) !== sorted(url),
	);
	if (different >= 0) {
		// URLs are signed and must not be printed
		throw new Error(`Part ${range.first + different} is signed differently by the SDK.`);
	}
}
