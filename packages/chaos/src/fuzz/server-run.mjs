// Requests of strangers to the three adapters over a real storage.
import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import fc from "fast-check";
import { startEndpoint } from "./endpoint.mjs";
import { request } from "./requests.mjs";
import { damage } from "./values.mjs";

/** Requests after which everything that is stored is looked at. */
const batchSize = 5_000;
/** Objects that no request may change. */
const planted = ["closed/secret", "shared/a", "mine/9/a"];
const secrets = /X-Amz-(?:Signature|Credential)|SKYPUTLOCALSTORAGE|local-storage-secret/i;

const check = (condition, problem) => {
	if (!condition) throw new Error(problem);
};
/** The key that a URL of the storage stands for. */
const keyOf = (url, { storage }) =>
	decodeURIComponent(new URL(url).pathname.slice(storage.bucket.length + 2));

/** The body as text; a token stands for one of uploads that were begun before. */
function bodyOf({ json, edits, text }, tokens) {
	if (json === undefined) return text;
	const copy = { ...json };
	if (typeof copy.token?.upload === "number") {
		const { upload, at, character } = copy.token;
		const token = tokens[upload % tokens.length];
		const index = (at ?? 0) % token.length;
		copy.token = at === null ? token : token.slice(0, index) + character + token.slice(index + 1);
	}
	return JSON.stringify(damage(copy, edits));
}

/** Begins an upload of each kind for two callers and a stranger. */
async function beginUploads({ deliver, seen }) {
	const tokens = [];
	for (const [caller, key, size] of [
		["7", "mine/7/single", 10],
		["7", "mine/7/parts", 12e6],
		["7", "mine/7/stream", null],
		["8", "mine/8/parts", 12e6],
		["8", "made/8/a.png", 10],
		[undefined, "open/parts", 12e6],
	]) {
		const multipart = size !== 10;
		const metadata = key.startsWith("made") ? { a: "b" } : undefined;
		const body = JSON.stringify({ v: 1, key, size, contentType: "image/png", multipart, metadata });
		const sent = { shape: "web", method: "POST", path: "/", query: "", headers: {}, caller };
		const reply = await deliver({ ...sent, contentType: "application/json" }, body);
		check(reply.status === 201, `an upload of ${key} cannot begin: ${reply.body}`);
		tokens.push(JSON.parse(reply.body).token);
	}
	seen.begun.length = 0;
	return tokens;
}

/** Uses a URL as its holder may, then as a thief would. */
async function store({ method, url, headers }, key, size, endpoint) {
	const put = async (to, bytes, extraHeaders = {}) => {
		const body = Buffer.alloc(bytes);
		const response = await fetch(to, { method, body, headers: { ...headers, ...extraHeaders } });
		await response.body?.cancel();
		return response.status;
	};
	const elsewhere = new URL(url);
	elsewhere.pathname = `/${endpoint.storage.bucket}/closed/secret`;
	check((await put(elsewhere, size)) === 403, `a URL of ${key} stores elsewhere`);
	check((await put(url, size + 1)) >= 400, `a URL of ${key} for ${size} bytes takes more`);
	const acl = { "x-amz-acl": "public-read" };
	check((await put(url, size, acl)) === 403, `a URL of ${key} takes an unsigned x-amz-acl`);
	const status = await put(url, size);
	// the digest that was asked for is not that of these bytes
	if (status === 400 && Object.keys(headers).some((name) => /checksum|md5/.test(name))) return;
	check(status === 200 || status === 412, `a URL of ${key} is refused with ${status}`);
	check(await endpoint.provider.head(key), `${key} is not stored`);
	await endpoint.provider.delete(key);
}

async function judgeReply(reply, body, endpoint) {
	const { seen, mayWrite, mayRead } = endpoint;
	const { key, uploadURL, url } = reply;
	const signed = reply.request ?? (uploadURL && { ...reply, url: uploadURL });
	const upload = signed?.url ?? reply.window?.urls[0];
	if (upload !== undefined) {
		check(keyOf(upload, endpoint) === key, `${JSON.stringify(key)} has a URL for ${upload}`);
		check(mayWrite(key, seen.caller), `${seen.caller} may not write ${JSON.stringify(key)}`);
		for (const [name, value] of Object.entries(signed?.headers ?? {})) {
			check(!/[\r\n]/.test(name + value), `the header ${name} has a line break`);
		}
	} else if (url !== undefined) {
		const read = keyOf(url, endpoint);
		check(mayRead(read, seen.caller), `${seen.caller} may not read ${JSON.stringify(read)}`);
	}
	let size;
	try {
		({ size } = JSON.parse(body));
	} catch {}
	if (reply.kind === "single" && size <= 64) await store(signed, key, size, endpoint);
}

async function checkAnswer(sent, body, answer, endpoint) {
	const { seen } = endpoint;
	const { status, headers } = answer;
	check(seen.problems.length === 0, seen.problems.join("; "));
	check(Number.isInteger(status) && status >= 200 && status < 600, `status ${status}`);
	check(status < 500 || status === 501, `status ${status}: ${answer.body} ${seen.lines}`);
	const lines = seen.lines.length;
	// a preflight that permits nothing is logged, too
	const isPermitted = status < 400 && (sent.method !== "OPTIONS" || lines === 0);
	check(lines === (isPermitted ? 0 : 1), `${status} logs ${lines} lines`);
	check(!secrets.test(seen.lines.join("\n")), `a secret in the log: ${seen.lines}`);
	check(!secrets.test(seen.events.join("\n")), `a secret in the audit: ${seen.events}`);
	if (status >= 400) {
		check(!secrets.test(answer.body), `a secret in the answer: ${answer.body}`);
		const isEmpty = sent.method === "HEAD";
		check(
			isEmpty || /^application\/problem\+json/.test(headers["content-type"]),
			`${status} is ${headers["content-type"]}`,
		);
		check(isEmpty || JSON.parse(answer.body).requestId, `${status} without a request id`);
		return;
	}
	check(!/\r|\n/.test(Object.values(headers).join("")), "a header has a line break");
	if (answer.body) await judgeReply(JSON.parse(answer.body), body, endpoint);
}

/** Nothing is stored but what was planted, and that is as it was. */
async function inspect(s3, { storage, provider }, uploads) {
	const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: storage.bucket }));
	const keys = Contents.map(({ Key }) => Key);
	const others = keys.filter((key) => !planted.includes(key) && !uploads.test(key));
	check(
		others.length === 0,
		`stored besides the rules: ${others.map((key) => JSON.stringify(key))}`,
	);
	for (const key of planted) {
		check(keys.includes(key), `${key} was deleted`);
		const { size } = await provider.head(key);
		check(size === key.length, `${key} was replaced`);
	}
}

/**
 * @param {{ seed: number, runs: number, onInput: (text: string) => void }} options
 * @returns how often each status came
 * @throws {Error} that names the shrunk input
 */
export async function runServer({ seed, runs, onInput }) {
	const endpoint = await startEndpoint();
	const { storage, seen, deliver, provider } = endpoint;
	const { region, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	const s3 = new S3Client({
		region,
		endpoint: storage.endpoint,
		forcePathStyle: true,
		credentials,
	});
	const statuses = new Map();
	try {
		for (const Key of planted) {
			await s3.send(new PutObjectCommand({ Bucket: storage.bucket, Key, Body: Key }));
		}
		for (let done = 0; done < runs; done += batchSize) {
			seen.caller = undefined;
			const tokens = await beginUploads(endpoint);
			const property = fc.asyncProperty(request, async (sent) => {
				const body = bodyOf(sent.body, tokens);
				Object.assign(seen, { caller: undefined, lines: [], events: [], problems: [], begun: [] });
				onInput({ sent, body });
				const answer = await deliver(sent, body);
				if (answer === undefined) return;
				statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
				await checkAnswer(sent, body, answer, endpoint);
				for (const upload of seen.begun) await provider.abortMultipart(upload);
			});
			const numRuns = Math.min(batchSize, runs - done);
			await fc.assert(property, { seed: seed + done, numRuns });
			await inspect(s3, endpoint, /^(open\/parts|mine\/[78]\/(parts|stream))$/);
		}
	} finally {
		s3.destroy();
		await endpoint.close();
	}
	return statuses;
}
