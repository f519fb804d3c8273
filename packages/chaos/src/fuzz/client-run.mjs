// Endpoints and storages that lie to the client.
import { createServer } from "node:http";
import { createClient, UploadError } from "@skyput/client";
import fc from "fast-check";
import { bodyOf, endpointAnswers, storageAnswer } from "./answers.mjs";

/** Milliseconds within which every upload has to end, on a busy machine too; waits are cut short. */
const deadline = 300_000;
/** Calls that no upload of some bytes needs: the client asks for ever. */
const mostCalls = 500;
/** Uploads at once. */
const concurrency = 16;
const check = (condition, problem) => {
	if (!condition) throw new Error(problem);
};

/** Cuts waits of a second and more to a hundredth. */
function hastenTimers() {
	const { setTimeout } = globalThis;
	globalThis.setTimeout = (callback, wait, ...rest) =>
		setTimeout(callback, wait >= 250 ? wait / 100 : wait, ...rest);
}

async function listen(answer) {
	const server = createServer({ maxHeaderSize: 1e6 }, answer);
	await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
	return {
		host: `127.0.0.1:${server.address().port}`,
		close() {
			server.closeAllConnections();
			server.close();
		},
	};
}

/** What one upload sends, and how it is answered. */
const hostile = fc.record({
	size: fc.constantFrom(0, 1, 25, 30),
	source: fc.constantFrom("buffer", "blob", "stream"),
	checksum: fc.boolean(),
	answers: endpointAnswers,
	storage: storageAnswer,
});

function sourceOf({ source, size }) {
	const bytes = Buffer.alloc(size, "0123456789");
	if (source === "buffer") return bytes;
	const blob = new Blob([bytes]);
	return source === "blob" ? blob : blob.stream();
}

/** The servers that all uploads share; the path of a request tells which upload sent it. */
async function startServers() {
	const running = new Map();
	const arrived = [];
	const otherHost = await listen((request, response) => {
		arrived.push(request.url);
		response.end();
	});
	const storage = await listen((request, response) => {
		const chunks = [];
		request.on("error", () => {});
		request.on("data", (chunk) => chunks.push(chunk));
		request.on("end", () => {
			const upload = running.get(/run-(\d+)/.exec(request.url)?.[1]);
			const { method, url, headers } = request;
			upload?.seen.push({ method, url, headers, bytes: Buffer.concat(chunks).toString() });
			const { status, headers: own, body, breaks } = upload?.input.storage ?? { status: 404 };
			if (breaks) return request.socket.destroy();
			response.writeHead(status, JSON.parse(fill(JSON.stringify(own ?? {}), upload?.number)));
			response.end(body === "huge" ? Buffer.alloc(3_000_000, 32) : body);
		});
	});
	const fill = (text, number) =>
		text
			.replaceAll("{storage}", `${storage.host}/run-${number}`)
			.replaceAll("{foreign}", `${otherHost.host}/run-${number}`);
	return { running, arrived, otherHost, storage, fill };
}

/** A `fetch` that answers as the input says. */
function endpointOf(upload, number, { fill }) {
	return async (request) => {
		const { hostname, pathname } = new URL(request.url);
		check(hostname === "endpoint.example", `a call goes to ${request.url}`);
		check(request.method === "POST", `a call is ${request.method}`);
		upload.calls++;
		const ended = { type: "about:blank", title: "x", status: 403, code: "forbidden", detail: "x" };
		if (upload.calls > mostCalls) {
			const body = JSON.stringify({ ...ended, requestId: "1" });
			return new Response(body, {
				status: 403,
				headers: { "content-type": "application/problem+json" },
			});
		}
		const answer = upload.input.answers[pathname.split("/")[2] ?? ""] ?? upload.input.answers[""];
		let sent = {};
		try {
			sent = JSON.parse(await request.text());
		} catch {}
		const { status, headers } = answer;
		// an answer of 202 for ever is waited for, half an hour long
		if (answer.reply === "pending" && upload.calls > 8) return new Response(null, { status: 404 });
		const size = upload.input.source === "stream" && sent.size === null ? null : upload.input.size;
		const body = bodyOf(answer, size, sent, (text) => fill(text, number));
		return new Response(status === 204 ? null : body, {
			status,
			headers: JSON.parse(fill(JSON.stringify(headers), number)),
		});
	};
}

function judgeSent({ seen, input }, number) {
	const file = Buffer.alloc(input.size, "0123456789").toString();
	for (const { method, url, headers, bytes } of seen) {
		check(method === "PUT", `${method} ${url} was sent`);
		for (const name of ["cookie", "upgrade", "proxy-authorization", "te", "trailer"]) {
			check(headers[name] === undefined, `${name} was sent to ${url}`);
		}
		check(/^127\.0\.0\.1:\d+$/.test(headers.host), `host ${headers.host} was sent`);
		check(headers["x-b"] === undefined && headers["x-c"] === undefined, "a header was injected");
		check(
			headers["content-length"] === `${bytes.length}`,
			`${bytes.length} bytes as ${headers["content-length"]}`,
		);
		check(file.includes(bytes), `bytes of another file were sent for ${number}`);
	}
}

function judgeResult({ result, error }, { input }) {
	if (error !== undefined) {
		check(error instanceof UploadError, `${error?.stack ?? error} is thrown`);
		check(typeof error.code === "string" && error.code !== "", "an error without a code");
		check(typeof error.message === "string", "an error without a message");
		check(!error.message.includes("secret-"), `a secret in: ${error.message}`);
		return;
	}
	const { key, size } = result;
	check(typeof key === "string", `a result with the key ${JSON.stringify(key)}`);
	check(
		size === input.size,
		`a result with the size ${JSON.stringify(size)} for ${input.size} bytes`,
	);
}

async function runOne(input, number, servers) {
	const upload = { input, number, seen: [], calls: 0 };
	servers.running.set(`${number}`, upload);
	const client = createClient({
		endpoint: "http://endpoint.example/uploads",
		fetch: endpointOf(upload, number, servers),
		retry: { limit: 1, networkLimit: 1 },
		stallTimeout: 5_000,
		checksum: input.checksum,
		multipartThreshold: 20,
	});
	const sent = client.uploadFile(sourceOf(input), "a");
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error("the upload hangs")), deadline * 100);
	});
	const outcome = await Promise.race([
		sent.then(
			(result) => ({ result }),
			(error) => ({ error }),
		),
		late,
	]).finally(() => clearTimeout(timer));
	check(upload.calls <= mostCalls, `more than ${mostCalls} calls were made`);
	const strayed = servers.arrived.filter((path) => path.startsWith(`/run-${number}/`));
	check(strayed.length === 0, `the target of a redirect got ${strayed}`);
	judgeSent(upload, number);
	judgeResult(outcome, upload);
	check(!JSON.stringify(sent.report()).includes("secret-"), "a secret in the report");
	servers.running.delete(`${number}`);
	return outcome.error?.code ?? "stored";
}

/**
 * @param {{ seed: number, runs: number, onInput: (input: unknown) => void }} options
 * @returns how often each code came
 * @throws {Error} that names the shrunk input
 */
export async function runClient({ seed, runs, onInput }) {
	hastenTimers();
	const servers = await startServers();
	const codes = new Map();
	const stray = [];
	const onStray = (error) => stray.push(error);
	process.on("unhandledRejection", onStray);
	process.on("uncaughtException", onStray);
	let number = 0;
	const property = fc.asyncProperty(hostile, async (input) => {
		onInput(input);
		const code = await runOne(input, ++number, servers);
		codes.set(code, (codes.get(code) ?? 0) + 1);
		check(stray.length === 0, `thrown besides: ${stray[0]?.stack}`);
	});
	const numRuns = Math.ceil(runs / concurrency);
	try {
		await Promise.all(
			Array.from({ length: concurrency }, (_, n) =>
				fc.assert(property, { seed: seed + n, numRuns }),
			),
		);
	} finally {
		servers.storage.close();
		servers.otherHost.close();
	}
	return codes;
}
