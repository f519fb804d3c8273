import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { defineUploads } from "@skyput/server";
import { createLambdaHandler } from "@skyput/server/lambda";
import { s3Provider } from "@skyput/server/s3";
import {
	type Backend,
	type BackendOptions,
	startBackend,
	startGateway,
	startS3Server,
} from "@skyput/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createClient } from "../../src/node/index.js";
import { bytes, failureOf } from "../fakes/values.js";

const uploads = defineUploads({
	"files/*path": { authorize: "public", partSize: "5 MiB" },
	"mine/:sub/:name": { authorize: ({ principal, params }) => principal?.sub === params.sub },
	"closed/:name": {},
});

/** The parts of one log line. */
interface LogLine {
	readonly level: string;
	readonly requestId: string;
	readonly reason: string;
	readonly cause?: { readonly message: string; readonly stack?: string };
}

const closing: { close(): Promise<void> }[] = [];
const lines: LogLine[] = [];
const write = (line: string): void => void lines.push(JSON.parse(line));
const log = { error: write, warn: write, info: write };

afterEach(async () => {
	vi.restoreAllMocks();
	lines.length = 0;
	for (const server of closing.splice(0).toReversed()) await server.close();
});

/** @param change - What is wrong with the storage as the handler knows it. */
async function start(change: object, options: Partial<BackendOptions> = {}): Promise<Backend> {
	const server = await startS3Server();
	closing.push(server);
	const backend = await startBackend({
		uploads,
		storage: { ...server, ...change },
		handler: { log },
		...options,
	});
	closing.push(backend);
	return backend;
}

const file = bytes(1_000);
const kinds = [
	["one request", 100_000_000],
	["parts", 1],
] as const;

/** The failure of an upload, and the log of its last call. */
async function fail({ endpoint }: Backend, multipartThreshold: number, key = "files/a") {
	const error = await failureOf(
		createClient({ endpoint }).uploadFile(file, key, { multipartThreshold }),
	);
	const logged = lines.filter(({ requestId }) => requestId === error.requestId);
	return { error, reason: logged.map(({ reason }) => reason).join("\n") };
}

describe.each(kinds)("a fault of the server's set-up ends an upload as %s:", (_, threshold) => {
	test.each([
		[20, /server's clock is 20 minutes ahead of the storage's/],
		[-20, /server's clock is 20 minutes behind the storage's/],
	])(
		"the server's clock is off by %i minutes, and both errors say by how much",
		async (minutes, words) => {
			const backend = await start({});
			const now = Date.now;
			// the storage takes its time from `new Date()`
			vi.spyOn(Date, "now").mockImplementation(() => now() + minutes * 60_000);
			const { error, reason } = await fail(backend, threshold);
			expect(error).toMatchObject({ code: "storage-error" });
			expect(error.message).toMatch(words);
			expect(reason).toMatch(words);
		},
	);

	test("the bucket is in another region, and the error names both", async () => {
		const { error, reason } = await fail(await start({ region: "eu-west-1" }), threshold);
		expect(error).toMatchObject({
			code: "storage-error",
			values: { region: "eu-west-1", actualRegion: "us-east-1" },
		});
		expect(error.message).toMatch(/is in us-east-1.*signs for eu-west-1/);
		expect(reason).toContain("AWS_REGION_NAME");
	});

	test("the secret key is wrong, and the error points to the credentials", async () => {
		const { error, reason } = await fail(await start({ secretAccessKey: "wrong" }), threshold);
		expect(error).toMatchObject({ code: "forbidden" });
		expect(error.message).toMatch(/credentials/);
		expect(reason).toMatch(/SignatureDoesNotMatch/);
	});

	test("the bucket does not exist, and the error has its name", async () => {
		const { error, reason } = await fail(await start({ bucket: "films" }), threshold);
		expect(error).toMatchObject({ code: "storage-error", values: { bucket: "films" } });
		expect(error.message).toMatch(/"films" does not exist.*BUCKET_NAME/);
		expect(reason).toContain('"films" does not exist');
	});

	test("a web page answers at the storage's endpoint; the error names the option, the log the host", async () => {
		const page = createServer((request, response) => {
			request.resume();
			response.setHeader("content-type", "text/html").end("<html>Console</html>");
		});
		await once(page.listen(0, "127.0.0.1"), "listening");
		closing.push({ close: async () => void page.close() });
		const host = `127.0.0.1:${(page.address() as AddressInfo).port}`;
		const { error, reason } = await fail(await start({ endpoint: `http://${host}` }), threshold);
		expect(error).toMatchObject({ code: "storage-error", retryable: false });
		expect(error.message).toMatch(/other than an S3 storage answered.*S3_ENDPOINT/);
		expect(reason).toContain(`It answered at ${host}.`);
	});

	test.each([
		["no VPC endpoint policy allows the s3:PutObject action", /VPC endpoint/],
		["explicit deny: condition s3:signatureAge", /s3:signatureAge: shorten expiresIn/],
		["User is not authorized to perform: kms:GenerateDataKey", /KMS key/],
		["Access Denied", /look for a bucket policy that denies it.*requester pays/],
	])("access is denied (%s), and the log has the storage's words", async (words, cause) => {
		const backend = await start({}, { storageProxy: {} });
		const effect = {
			kind: "respond",
			when: "after-body",
			status: 403,
			code: "AccessDenied",
			message: words,
		} as const;
		backend.storageProxy?.rules.push({ fault: { name: "denied", effect } });
		const { error, reason } = await fail(backend, threshold);
		expect(error).toMatchObject({ code: "forbidden", retryable: false });
		expect(error.message).toMatch(/policy|did not allow/);
		if (threshold > 1) {
			// the server did not meet the refusal itself
			expect(reason).toMatch(/403 AccessDenied.*errors\/forbidden/);
			return;
		}
		expect(reason).toMatch(cause);
		expect(JSON.stringify(lines)).toContain(words);
	});
});

test("a token secret that is missing or short throws, with the variable to set and a command that makes one", async () => {
	const provider = s3Provider({ bucket: "films", region: "eu-west-1" });
	for (const tokenSecret of [undefined, "", "short"]) {
		const make = () =>
			createLambdaHandler({ uploads, provider, tokenSecret: tokenSecret as string });
		expect(make).toThrow(/UPLOAD_TOKEN_SECRET.*openssl rand -base64 32/s);
	}
});

test("without an authorizer the log says that no caller was found, and where it was looked for", async () => {
	const { error, reason } = await fail(await start({}), 1, "mine/7/a");
	expect(error).toMatchObject({ code: "unauthenticated", retryable: false });
	expect(reason).toMatch(/no caller was found: the option principal returned null/);
});

test.each([
	["none/a", "no pattern matches the key"],
	["closed/a", 'the rule "closed/:name" has no authorize'],
	["mine/8/a", 'authorize of "mine/:sub/:name" did not return true'],
])("the key %s is forbidden, and only the log says why", async (key, why) => {
	const { error, reason } = await fail(await start({}, { principal: { sub: "7" } }), 1, key);
	expect(error).toMatchObject({ code: "forbidden", message: "You may not upload to this key." });
	expect(reason).toBe(`${why}${why.endsWith("true") ? " (create)" : ""}`);
});

test("a principal that throws ends the upload, and the log has its stack once", async () => {
	const provider = s3Provider({ bucket: "films", region: "eu-west-1" });
	const handler = createLambdaHandler({
		uploads,
		provider,
		tokenSecret: crypto.randomUUID(),
		log,
		principal: () => {
			throw new Error("the session store is gone");
		},
	});
	const gateway = await startGateway(handler as Parameters<typeof startGateway>[0]);
	closing.push(gateway);
	const client = createClient({ endpoint: `${gateway.endpoint}/uploads` });
	const error = await failureOf(client.uploadFile(file, "files/a"));
	expect(error).toMatchObject({ code: "internal", retryable: false });
	expect(error.message).not.toContain("session store");
	expect(lines).toMatchObject([
		{
			level: "ERROR",
			requestId: error.requestId,
			cause: {
				message: "the session store is gone",
				stack: expect.stringContaining("set-ups.test.ts"),
			},
		},
	]);
});

test("parts that a lifecycle rule removed are sent again", async () => {
	const backend = await start({}, { storageProxy: {} });
	let removed = false;
	const content = bytes(5 * 2 ** 20 + 9);
	const client = createClient({
		endpoint: backend.endpoint,
		fetch: async (request) => {
			const copy = await request.clone().json();
			if (request.url.endsWith("/complete") && !removed) {
				removed = true;
				// as the rule AbortIncompleteMultipartUpload does
				const headers = { "content-type": "application/json" };
				const body = JSON.stringify({ token: copy.token });
				await fetch(`${backend.endpoint}/abort`, { method: "POST", headers, body });
			}
			return await fetch(request);
		},
	});
	const result = await client.uploadFile(content, "files/film", { multipartThreshold: 1 });
	expect(removed).toBe(true);
	expect(result).toMatchObject({ size: content.length, verified: true });
	expect(Buffer.from((await backend.read("files/film")) ?? []).equals(content)).toBe(true);
});

test.each([
	[
		"a dot in the name",
		{ bucket: "my.films", useAccelerateEndpoint: true },
		/"my\.films" has a dot/,
	],
	["FIPS", { useAccelerateEndpoint: true, useFipsEndpoint: true }, /no FIPS endpoints/],
	["China", { region: "cn-north-1", useAccelerateEndpoint: true }, /no Transfer Acceleration/],
])("accelerated uploads with %s throw, with the reason", (_, options, reason) => {
	const make = () => s3Provider({ bucket: "films", region: "eu-west-1", ...options });
	expect(make).toThrow(reason);
});

test.each([
	["https://app.example:443", "https://app.example"],
	["https://app.example/", "https://app.example"],
	["https://App.example", "https://app.example"],
	["https://app.example.", "https://app.example"],
	["app.example", "https://app.example"],
	["localhost:3000", "http://localhost:3000"],
	["https://app.example, https://b.example", 'https://app.example","https://b.example'],
])(
	"the origin %s, which no browser sends, throws, and the error says to write %s",
	(origin, right) => {
		const provider = s3Provider({ bucket: "films", region: "eu-west-1" });
		const options = { uploads, provider, tokenSecret: false } as const;
		expect(() => createLambdaHandler({ ...options, cors: { origins: [origin] } })).toThrow(
			`"${right}"`,
		);
	},
);
