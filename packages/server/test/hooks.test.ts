import { expect, test, vi } from "vitest";
import { UploadError } from "../src/errors.js";
import type { HookCall, HookOutcome, Hooks } from "../src/hooks.js";
import { defineUploads } from "../src/uploads/define-uploads.js";
import { createBody, serve, silentLog } from "./support/call.js";

/** A server whose hooks are recorded. */
function observed(hooks: Hooks = {}, options: Parameters<typeof serve>[0] = {}) {
	const events: string[] = [];
	const before: HookCall[] = [];
	const after: (readonly [HookCall, HookOutcome])[] = [];
	const log = silentLog();
	const server = serve({
		log,
		...options,
		hooks: {
			before: async (call) => {
				events.push("before");
				before.push(call);
				await hooks.before?.(call);
			},
			after: async (call, outcome) => {
				events.push("after");
				after.push([call, outcome]);
				await hooks.after?.(call, outcome);
			},
		},
	});
	return { ...server, events, before, after, log };
}

test("hooks run in order: principal, before, authorize, after", async () => {
	const events: string[] = [];
	const uploads = defineUploads({
		"a/:n": {
			authorize: () => {
				events.push("authorize");
				return true;
			},
		},
	});
	const server = serve({
		uploads,
		principal: () => {
			events.push("principal");
			return { sub: "7" };
		},
		hooks: {
			before: () => {
				events.push("before");
			},
			after: () => {
				events.push("after");
			},
		},
	});
	await server.post("", createBody("a/x", 5));
	expect(events).toEqual(["principal", "before", "authorize", "after"]);
});

test("before learns what is asked, with the key normalised, and after how it ended", async () => {
	const server = observed();
	const key = "avatars/7/cafe\u0301";
	const { body } = await server.post("", createBody(key, 5, { contentType: "image/png" }), "7");
	const call = {
		operation: "create",
		requestId: "request-1",
		principal: expect.objectContaining({ sub: "7" }),
		requestedKey: "avatars/7/café",
		size: 5,
		contentType: "image/png",
	};
	expect(server.before).toEqual([call]);
	expect(server.after).toEqual([
		[
			call,
			{
				status: 201,
				key: "avatars/7/café",
				uploadId: body["uploadId"],
				milliseconds: expect.any(Number),
			},
		],
	]);
});

test("a call with a token is described by what the token holds", async () => {
	const server = observed();
	const plan = await server.post("", createBody("files/a", 2e7, { multipart: true }));
	const { token, uploadId } = plan.body as unknown as { token: string; uploadId: string };
	for (const [operation, members] of [
		["parts", { first: 1, count: 1 }],
		["list", {}],
		["complete", {}],
		["abort", {}],
	] as const) {
		await server.post(operation, { token, ...members });
		expect(server.before.at(-1)).toEqual({
			operation,
			requestId: "request-1",
			principal: null,
			requestedKey: "files/a",
			uploadId,
			size: 2e7,
			contentType: "application/octet-stream",
		});
		expect(server.after.at(-1)?.[1].uploadId).toBe(uploadId);
	}
});

test("a forged token describes nothing, and is refused after before ran", async () => {
	const server = observed();
	const { status } = await server.post("list", { token: `e30.${"A".repeat(43)}` });
	expect(status).toBe(410);
	const call = { operation: "list", requestId: "request-1", principal: null };
	expect(server.before).toEqual([call]);
	expect(server.after).toEqual([[call, expect.objectContaining({ code: "token-expired" })]]);
});

test("an UploadError of before refuses the call, and after sees it", async () => {
	const refuse = () => {
		throw new UploadError("rate-limited", "Too many uploads.", { retryAfter: 9, reason: "user 7" });
	};
	const server = observed({ before: refuse });
	const { status, headers, body } = await server.get("key=files/a");
	expect({ status, code: body.code, wait: headers["retry-after"] }).toEqual({
		status: 429,
		code: "rate-limited",
		wait: "9",
	});
	expect(server.provider.calls).toEqual([]);
	expect(server.after[0]?.[1]).toMatchObject({
		status: 429,
		code: "rate-limited",
		reason: "user 7",
	});
});

test("any other error of before answers 500 without its message", async () => {
	const server = observed({
		before: () => {
			throw Object.assign(new Error("secret detail"), { statusCode: 404 });
		},
	});
	const { status, body } = await server.get("key=files/a");
	expect({ status, code: body.code }).toEqual({ status: 500, code: "internal" });
	expect(JSON.stringify(body)).not.toContain("secret");
});

test("the answer waits for after, and what it throws is logged and changes nothing", async () => {
	let ended = false;
	const server = observed({
		after: async () => {
			await new Promise((resolve) => setImmediate(resolve));
			ended = true;
			throw new Error("the metrics are down");
		},
	});
	expect((await server.get("key=files/a")).status).toBe(200);
	expect(ended).toBe(true);
	expect(server.log.lines).toEqual([
		expect.objectContaining({
			level: "ERROR",
			requestId: "request-1",
			reason: "hooks.after threw",
			cause: expect.objectContaining({ message: "the metrics are down" }),
		}),
	]);
});

test.each([
	["a preflight", "OPTIONS", "/uploads", 204],
	["a method that an operation does not have", "GET", "/uploads/delete", 405],
	["a method that is not allowed", "DELETE", "/uploads", 405],
])("no hook runs for %s", async (_what, method, path, status) => {
	const server = observed();
	expect((await server.send(method, path)).status).toBe(status);
	expect(server.events).toEqual([]);
});

test("a request that cannot be parsed reaches after alone", async () => {
	const server = observed();
	expect((await server.post("", "{")).status).toBe(400);
	expect(server.events).toEqual(["after"]);
	expect(server.after[0]?.[1]).toMatchObject({ status: 400, code: "invalid-request" });
});

test.each([
	["no pattern", "other/a", "no pattern matches the key"],
	["no authorize", "closed/a", 'the rule "closed/:name" has no authorize'],
	["authorize", "avatars/8/a", 'authorize of "avatars/:userId/:name" did not return true (create)'],
])(
	"a refusal by %s is one log line with its reason, which the caller is not told",
	async (_what, key, reason) => {
		const server = observed();
		const { status, body } = await server.post("", createBody(key, 5), "7");
		expect(status).toBe(403);
		expect(body.detail).toBe("You may not upload to this key.");
		expect(server.after[0]?.[1].reason).toBe(reason);
		expect(server.log.lines).toEqual([
			{
				level: "WARN",
				requestId: "request-1",
				operation: "create",
				status: 403,
				code: "forbidden",
				reason,
			},
		]);
	},
);

test("every refusal is one line, also those of the route, of the size and of the token", async () => {
	const server = observed();
	await server.send("DELETE", "/uploads");
	await server.post("", createBody("files/a", -1));
	await server.get("key=avatars/7/a&size=9000000&contentType=image/png", "7");
	await server.post("list", { token: "x" });
	expect(server.log.lines.map(({ code, requestId }) => [code, requestId])).toEqual([
		["method-not-allowed", "request-1"],
		["invalid-size", "request-1"],
		["too-large", "request-1"],
		["token-expired", "request-1"],
	]);
});

test("a success writes no log line", async () => {
	const server = observed();
	await server.post("", createBody("files/a", 5));
	expect(server.log.lines).toEqual([]);
});

test("a logger that throws changes no answer", async () => {
	const fail = (): never => {
		throw new Error("disk full");
	};
	const server = serve({ log: { error: fail, warn: fail, info: fail } });
	expect((await server.get("key=other/a")).status).toBe(401);
});

test("without a log of its own a handler writes to the console", async () => {
	const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
	await serve().get("key=other/a");
	expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('"code":"unauthenticated"'));
});

test.each([
	["a message of several lines", new Error("no\n    at secretsecretsecretsecretsecretsecret12")],
	[
		"a line like a frame",
		new Error("no\n    at https://s3.example/a?X-Amz-Signature=secretsecret"),
	],
	[
		"a stack with another message",
		Object.assign(new Error("no"), {
			stack: "Error: yes\n    at https://s3.example/a?token=secretsecret:1:1",
		}),
	],
	["a name", Object.assign(new Error("no"), { name: "https://s3.example/a?sig=secretsecret" })],
	[
		"a storage that echoes",
		new Error("<Key>?X-Amz-Credential=secretsecret&x</Key> AKIASECRETSECRETSECR"),
	],
	["a long token", new Error(`token ${"secretsecret".repeat(500)}`)],
	[
		"a token where the text is cut",
		new Error(`${"- ".repeat(992)}secretsecret${"secretsecret".repeat(3)}`),
	],
])("%s of an error puts nothing secret into the log", async (_what, error) => {
	const server = observed();
	server.provider.before = () => {
		throw error;
	};
	expect((await server.post("", createBody("files/a", 5))).status).toBe(500);
	const [line] = server.log.lines;
	expect(JSON.stringify(line)).not.toMatch(/secretsecret/i);
	expect(JSON.stringify(line).length).toBeLessThan(6000);
});

test("the stack of an error is logged without its message", async () => {
	const server = observed();
	server.provider.before = () => {
		throw new TypeError("no\n    at first (/a/b.js:1:1)");
	};
	await server.post("", createBody("files/a", 5));
	const { name, stack } = (server.log.lines[0]?.["cause"] ?? {}) as Record<string, string>;
	expect(name).toBe("TypeError");
	expect(stack).toContain("hooks.test.ts");
	expect(stack).not.toContain("/a/b.js");
});
