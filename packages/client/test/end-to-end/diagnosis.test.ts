import { mkdtemp } from "node:fs/promises";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineUploads } from "@skyput/server";
import { type Backend, startBackend } from "@skyput/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { closedOrigin } from "../../../../tools/closed-origin.js";
import { createClientModule } from "../../src/client.js";
import { fromPath } from "../../src/node/files.js";
import { createClient, type Upload, type UploadFileOptions } from "../../src/node/index.js";
import { createNodePlatform } from "../../src/node/platform.js";
import { createMemoryStore } from "../fakes/platform.js";
import { bytes, failureOf } from "../fakes/values.js";

const file = bytes(1_000);
const servers: net.Server[] = [];
let backend: Backend;

beforeAll(async () => {
	backend = await startBackend({
		uploads: defineUploads({
			"files/*path": { authorize: "public" },
			"noted/*path": { authorize: "public", onComplete: () => ({}) },
			"small/:name": { authorize: "public", maxSize: 999, contentTypes: ["image/png"] },
		}),
		storageProxy: {},
	});
});
beforeEach(() => backend.clear());
afterAll(async () => {
	for (const server of servers) {
		if (server instanceof http.Server) server.closeAllConnections();
		server.close();
	}
	await backend.close();
});
afterEach(() => {
	vi.restoreAllMocks();
	if (backend.storageProxy) backend.storageProxy.rules.length = 0;
});

async function listen(server: net.Server): Promise<string> {
	servers.push(server);
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

type Answer = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** A server that answers all calls in the place of the endpoint. */
const endpointThat = async (answer: Answer): Promise<string> =>
	`${await listen(http.createServer((request, response) => void request.resume().on("end", () => answer(request, response))))}/uploads`;

const withStatus = (status: number, body = "<html>", headers: http.OutgoingHttpHeaders = {}) =>
	endpointThat((_, response) => {
		response.writeHead(status, { "content-type": "text/html", ...headers }).end(body);
	});

/** The real handler, except for the operations that another answer takes the place of. */
const handlerBut = (...answers: readonly (readonly [operation: RegExp, answer: Answer])[]) =>
	listen(
		http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
			const [, answer] = answers.find(([operation]) => operation.test(request.url ?? "")) ?? [];
			if (answer) return void request.resume().on("end", () => answer(request, response));
			const target = http.request(
				new URL(request.url ?? "", backend.endpoint),
				{ method: "POST", headers: request.headers },
				(reply) => {
					response.writeHead(reply.statusCode ?? 0, reply.headers);
					reply.pipe(response);
				},
			);
			// a call may still run when the upload handler is closed
			target.on("error", () => response.destroy());
			request.pipe(target);
		}),
	).then((origin) => `${origin}/uploads`);

const html =
	(status: number): Answer =>
	(_, response) =>
		void response.writeHead(status, { "content-type": "text/html" }).end("<html>");

function upload(
	endpoint: string,
	options: Partial<UploadFileOptions> = {},
	key = "files/a",
): Upload {
	return createClient({ endpoint }).uploadFile(file, `${key}${crypto.randomUUID()}`, options);
}

/** What `snapshot()` and `report()` tell of a running upload, once they tell it; ends the upload. */
async function toldBy(running: Upload, code: string): Promise<string> {
	const shown = new Promise<void>((resolve) => {
		running.subscribe(() => running.snapshot().error?.code === code && resolve());
	});
	await Promise.race([shown, running.result.catch(() => {})]);
	const { error, state } = running.snapshot();
	expect(state).not.toBe("failed");
	const { events } = running.report();
	expect(events).toContainEqual(expect.objectContaining({ type: "failure", code }));
	running.abort();
	return error?.message ?? "";
}

describe("an upload rejects at once, with cause and remedy, when the endpoint answers with", () => {
	test.each<[string, () => Promise<string>, string, RegExp]>([
		[
			"a 404, as for a wrong path",
			() => withStatus(404),
			"not-found",
			/POST \/uploads .* 404.*Check the path of `endpoint`, that GET and POST are routed, and that the route returns/,
		],
		[
			"the 405 of a file server",
			() => withStatus(405),
			"not-found",
			/POST \/uploads .*405.*Check the path/,
		],
		[
			"the 501 of a file server that knows no POST",
			() => withStatus(501),
			"unsupported",
			/POST \/uploads .*501.*Check the path/,
		],
		["a gateway's 401", () => withStatus(401), "unauthenticated", /401.*sign in.*authorizer/],
		["a gateway's 403", () => withStatus(403, "{}"), "forbidden", /403.*gateway or firewall/],
		[
			"a redirect to a login page",
			() => withStatus(302, "", { location: "http://login.test/?to=x" }),
			"invalid-request",
			/redirects to http:\/\/login\.test\/ .*login page.*`endpoint`/,
		],
		[
			"a 303",
			() => withStatus(303, "", { location: "/login" }),
			"invalid-request",
			/redirects to \/login /,
		],
		[
			"a redirect without end",
			() => withStatus(307, "", { location: "/uploads" }),
			"invalid-request",
			/redirects to/,
		],
		[
			"an HTML page",
			() => withStatus(200),
			"invalid-request",
			/200: .*HTML.*single-page.*its route.*version/,
		],
		[
			"an empty 200, as of a route that drops the handler's response",
			() => withStatus(200, ""),
			"invalid-request",
			/answered 200: nothing\. Check that the route returns \(or awaits\) its response\.$/,
		],
		[
			"the 413 of a body limit",
			() => withStatus(413),
			"invalid-request",
			/413.*body limit below 64 kB: raise it/,
		],
	])("%s", async (_, start, code, message) => {
		const error = await failureOf(upload(await start()));
		expect(error).toMatchObject({ code, retryable: false });
		expect(error.message).toMatch(message);
	});
});

describe("a wrapper that puts the handler's responses into JSON of its own", () => {
	/** The real handler, whose responses are changed on their way. */
	const wrapped = async (wrap: (body: object) => object): Promise<string> => {
		const origin = await listen(
			http.createServer(async (request, response) => {
				const { headers } = request;
				const body = Buffer.concat(await request.toArray());
				const reply = await fetch(new URL(request.url ?? "", backend.endpoint), {
					method: "POST",
					headers: { "content-type": `${headers["content-type"]}` },
					body,
				});
				response.writeHead(reply.status, { "content-type": "application/json" });
				response.end(JSON.stringify(wrap(JSON.parse(await reply.text()))));
			}),
		);
		return `${origin}/uploads`;
	};

	test.each([
		["a 401", "none/a", "unauthenticated", 401],
		["a 413", "small/a", "invalid-request", 413],
	])("may have changed %s, which the sentence says", async (_what, key, code, status) => {
		const endpoint = await wrapped((error) => ({ error }));
		const error = await upload(endpoint, { contentType: "image/png" }, key).catch((error) => error);
		expect(error).toMatchObject({ code, status, retryable: false });
		expect(error.message).toMatch(/ Or the handler's errors are rewritten: see its log\.$/);
	});

	test.each([404, 405])(
		"is not suspected where a framework's own %i is JSON, since the path or the route alone is wrong",
		async (status) => {
			const endpoint = await endpointThat((_, response) => {
				response.writeHead(status, { "content-type": "application/json" });
				response.end(JSON.stringify({ status, message: "Cannot POST /api/upload" }));
			});
			const error = await failureOf(upload(endpoint));
			expect(error).toMatchObject({ code: "not-found", status });
			expect(error.message).toMatch(/Check the path .*or awaits\) its response\.$/);
		},
	);

	test("may have changed a plan, too", async () => {
		const error = await upload(await wrapped((data) => ({ data }))).catch((error) => error);
		expect(error).toMatchObject({ code: "unsupported" });
		expect(error.message).toMatch(/JSON, but not a Skyput response \(wrapped\?\)/);
	});
});

describe("a gateway's passing error is reported while the upload goes on", () => {
	test.each([
		[429, "rate-limited", /429.*wait/],
		[500, "internal", /500.*logs/],
		[502, "internal", /502.*logs/],
		[504, "internal", /504.*too slow for its gateway/],
		[503, "storage-unavailable", /503/],
	] as const)("a %i", async (status, code, message) => {
		expect(await toldBy(upload(await withStatus(status)), code)).toMatch(message);
	});
});

describe("redirects within the origin", () => {
	test.each([301, 302, 307, 308])("are followed as POST: %i", async (status) => {
		const endpoint = await handlerBut([
			/uploads$/,
			(_, response) => void response.writeHead(status, { location: "/uploads/" }).end(),
		]);
		expect(await upload(endpoint, {}, "noted/a")).toMatchObject({ size: 1_000 });
	});

	test.each([404, 405])("that end in a %i are told by the answer", async (status) => {
		const endpoint = await endpointThat(({ url }, response) => {
			if (url === "/elsewhere") response.writeHead(status).end();
			else response.writeHead(307, { location: "/elsewhere" }).end();
		});
		const error = await failureOf(upload(endpoint));
		expect(error).toMatchObject({ code: "not-found", status });
		expect(error.message).toMatch(/POST \/elsewhere .*redirected.* answered 40.*Check the path/);
	});

	test("that end in a page are told as a redirect", async () => {
		const endpoint = await endpointThat(({ url }, response) => {
			if (url === "/login") response.writeHead(200, { "content-type": "text/html" }).end("Sign in");
			else response.writeHead(302, { location: "/login" }).end();
		});
		const error = await failureOf(upload(endpoint));
		expect(error.code).toBe("invalid-request");
		expect(error.message).toMatch(/redirects to http.*\/login /);
	});
});

describe("an upload handler without its operations", () => {
	const options = { multipartThreshold: 1, retry: { limit: 0 } };
	const hold = (operation: "UploadPart" | "PutObject"): void => {
		const effect = { kind: "respond", when: "after-body", status: 503 } as const;
		backend.storageProxy?.rules.push({ fault: { name: "busy", effect }, operation });
	};

	test.each([404, 405])("stops the parts: %i", async (status) => {
		hold("UploadPart");
		const endpoint = await handlerBut([/uploads\/list$/, html(status)]);
		const error = await failureOf(upload(endpoint, { ...options, retry: { limit: 1_000 } }));
		expect(error).toMatchObject({ code: "not-found", status });
		expect(error.message).toMatch(
			/POST \/uploads\/list .*route GET and POST \/uploads\/\* to the upload handler/,
		);
	});

	test.each([
		// a single-page app answers with its page, a REST API of AWS refuses what has no route
		[
			200,
			"invalid-request",
			/\/list .* HTML .*single-page app.* route GET and POST \/uploads\/\* to/,
		],
		[403, "forbidden", /POST \/uploads\/list .* 403: .*gateway or firewall/],
	])("is told, while the parts are sent, by a %i in their place", async (status, code, message) => {
		hold("UploadPart");
		const endpoint = await handlerBut([/uploads\/list$/, html(status)]);
		const running = upload(endpoint, { ...options, retry: { limit: 1_000 } });
		const failures = () => running.report().events.filter(({ type }) => type === "failure");
		await expect
			.poll(failures, { timeout: 240_000 })
			.toContainEqual(
				expect.objectContaining({ code, status, message: expect.stringMatching(message) }),
			);
		expect(running.snapshot().state).not.toBe("failed");
		running.abort();
	});

	test("stops a single request that has to be confirmed", async () => {
		hold("PutObject");
		const endpoint = await handlerBut([/uploads\/list$/, html(404)]);
		const running = upload(endpoint, { retry: { limit: 1_000 } }, "noted/a");
		expect(await failureOf(running)).toMatchObject({ code: "not-found" });
	});

	test("is not noticed by a single request without confirmation, which needs none", async () => {
		const endpoint = await handlerBut([/uploads\/./, html(404)]);
		expect(await upload(endpoint)).toMatchObject({ size: 1_000 });
	});

	test.each([200, 401, 403, 500])("is not concluded from a %i", async (status) => {
		const endpoint = await handlerBut([/uploads\/list$/, html(status)]);
		expect(await upload(endpoint, { multipartThreshold: 1 })).toMatchObject({ size: 1_000 });
	});

	test("is looked for once per endpoint", async () => {
		const lists: number[] = [];
		const endpoint = await handlerBut();
		const client = createClient({
			endpoint,
			multipartThreshold: 1,
			fetch: async (request) => {
				const response = await fetch(request);
				if (request.url.endsWith("/list")) lists.push(response.status);
				return response;
			},
		});
		for (const name of ["one", "two", "three"]) {
			await client.uploadFile(file, `files/${name}`);
			await expect.poll(() => lists).not.toEqual([]);
		}
		expect(lists).toEqual([200]);
	});
});

test("a body limit in front of `complete` keeps the parts for a later run", async () => {
	const aborts: unknown[] = [];
	const count: Answer = (_, response) => void response.writeHead(204).end(aborts.push(1) && "");
	const endpoint = await handlerBut([/complete$/, html(413)], [/abort$/, count]);
	const film = new File([file], "film.mp4", { lastModified: 1 });
	const store = createMemoryStore();
	const options = { multipartThreshold: 1, resume: store };
	const error = await failureOf(createClient({ endpoint }).uploadFile(film, "files/film", options));
	expect(error).toMatchObject({ code: "invalid-request", status: 413 });
	expect(error.message).toContain("POST /uploads/complete");
	expect(aborts).toEqual([]);
	expect(store.records.size).toBe(1);
});

describe("an upload that goes on reports that there is no answer from", () => {
	test("a host name that does not resolve", async () => {
		const message = await toldBy(upload("http://no-such-host.invalid/uploads"), "network");
		expect(message).toMatch(/host name of http:\/\/no-such-host.invalid .*`endpoint`/);
	});

	test("a port that refuses connections", async () => {
		const message = await toldBy(upload(`${closedOrigin}/uploads`), "network");
		expect(message).toContain(`Nothing listens at ${closedOrigin.slice(7)} (ECONNREFUSED)`);
	});

	test("an https address whose server speaks http", async () => {
		const endpoint = (await withStatus(200)).replace("http:", "https:");
		expect(await toldBy(upload(endpoint), "network")).toMatch(/TLS.*`endpoint`.*http:/);
	});

	test.each([
		["hangs up", (socket: net.Socket) => void socket.destroy()],
		["speaks another protocol", (socket: net.Socket) => void socket.end("220 mail.test ESMTP\r\n")],
	])("a server that %s, with host, scheme and port", async (_, answer) => {
		const origin = await listen(net.createServer((socket) => answer(socket.resume())));
		expect(await toldBy(upload(`${origin}/uploads`), "network")).toMatch(
			/^127\.0\.0\.1:\d+ closed the connection without an HTTP response .*`endpoint` should begin with https: or have another port/,
		);
	});

	test.each(["http://127.0.0.1:6000", "http://localhost:6667"])(
		"%s, whose port no fetch opens",
		async (origin) => {
			const message = await toldBy(upload(`${origin}/uploads`), "network");
			expect(message).toMatch(/:6\d+ is one that fetch refuses.*use another port in `endpoint`/);
		},
	);

	test("a silent endpoint, with the seconds without a response", async () => {
		const origin = await listen(net.createServer(() => {}));
		const message = await toldBy(upload(`${origin}/uploads`, { stallTimeout: 400 }), "network");
		expect(message).toBe(`No response from ${origin.slice(7)} for 0.8 s.`);
	});

	test("a silent storage, with the seconds without a response", async () => {
		const origin = await listen(net.createServer((socket) => void socket.resume()));
		const running = createClient({
			endpoint: backend.endpoint,
			stallTimeout: 400,
			fetch: async (request) => {
				const plan = await (await fetch(request)).json();
				plan.request.url = `${origin}/film`;
				return Response.json(plan, { status: 201 });
			},
		}).uploadFile(file, "files/silent");
		expect(await toldBy(running, "network")).toBe(`No response from ${origin.slice(7)} for 0.8 s.`);
	});
});

test("a wrong clock of the client changes nothing", async () => {
	for (const years of [-5, 5]) {
		const skew = years * 365 * 86_400_000;
		const now = Date.now;
		// server and storage run in this process, too
		vi.spyOn(Date, "now").mockImplementation(() => {
			const caller = new Error().stack?.split("\n").slice(1, 5).join() ?? "";
			return now() + (caller.includes("/client/src/") ? skew : 0);
		});
		expect(await upload(backend.endpoint)).toMatchObject({ size: 1_000 });
		vi.restoreAllMocks();
	}
});

test("an answer of something other than the storage is reported as that", async () => {
	const effect = { kind: "respond", when: "after-body", status: 200 } as const;
	const portal = { fault: { name: "portal", effect }, operation: "PutObject" } as const;
	backend.storageProxy?.rules.push(portal);
	const message = await toldBy(upload(backend.endpoint), "blocked");
	expect(message).toMatch(
		/Something other than the storage at http\S+ answered 200.*captive portal/,
	);
});

describe("a refusal of a rule rejects with limit and value, in `message` and in `values`", () => {
	test.each([
		[
			"too large",
			"small/a",
			{ contentType: "image/png" },
			{ code: "too-large", values: { size: 1_000, limit: 999 }, message: /1 kB.*999 B/ },
		],
		[
			"wrong type",
			"small/a",
			{ contentType: "text/html" },
			{
				code: "unsupported-type",
				values: { contentType: "text/html", accepted: "image/png" },
				message: /text\/html.*image\/png/,
			},
		],
		[
			"bad key",
			"files/../a",
			{},
			{ code: "invalid-key", values: { segment: ".." }, message: /"\.\."/ },
		],
	] as const)("%s", async (_, key, options, expected) => {
		const client = createClient({ endpoint: backend.endpoint });
		const error = await failureOf(client.uploadFile(file, key, options));
		const { message, ...shape } = expected;
		expect(error).toMatchObject({ ...shape, retryable: false, requestId: expect.any(String) });
		expect(error.message).toMatch(message);
	});
});

describe("code that cannot be loaded", () => {
	const load = (error: Error): Upload =>
		createClientModule(createNodePlatform(), () => Promise.reject(error))
			.createClient({ endpoint: backend.endpoint, multipartThreshold: 1 })
			.uploadFile(file, "files/a");

	test("for a reason of the runtime is unsupported, with the real error", async () => {
		const cause = new TypeError("A dynamic import callback was not specified.");
		const error = await failureOf(load(cause));
		expect(error).toMatchObject({ code: "unsupported", retryable: false, cause });
		expect(error.message).toContain(cause.message);
	});

	test.each([
		"Failed to fetch dynamically imported module: https://app.test/multipart.js",
		"error loading dynamically imported module: https://app.test/multipart.js",
		"Importing a module script failed.",
		"Loading chunk 7 failed.",
	])("because it cannot be fetched asks to reload: %s", async (message) => {
		expect(await failureOf(load(new TypeError(message)))).toMatchObject({ code: "network" });
	});
});

test("the path of a folder is reported as a folder", async () => {
	const folder = await mkdtemp(join(tmpdir(), "skyput-folder-"));
	const running = createClient({ endpoint: backend.endpoint }).uploadFile(
		fromPath(folder),
		"files/a",
	);
	const error = await failureOf(running);
	expect(error.code).toBe("invalid-request");
	expect(error.message).toContain(`${folder} is a directory. Upload its files (\`uploadFiles\`).`);
});
