import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { makeHandler, silentLog } from "../../support/call.js";
import { httpApiEvent } from "../../support/lambda-event.js";

test.each([
	[400, "invalid-request"],
	[401, "unauthenticated"],
	[403, "forbidden"],
	[404, "not-found"],
	[406, "invalid-request"],
	[409, "invalid-request"],
	[410, "invalid-request"],
	[415, "invalid-request"],
	[422, "invalid-request"],
	[429, "rate-limited"],
	[500, "internal"],
	[502, "internal"],
	[503, "storage-unavailable"],
	[504, "internal"],
] as const)(
	"a middleware's error of status %i keeps it, with the code %s",
	async (status, code) => {
		const log = silentLog();
		const error = Object.assign(new Error("As the middleware says."), { statusCode: status });
		const handler = makeHandler({ log }).use({ before: () => Promise.reject(error) });
		const result = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
		expect(result.statusCode).toBe(status);
		expect(JSON.parse(result.body)).toMatchObject({ code, status, requestId: "request-1" });
		expect(result.body.includes("As the middleware says.")).toBe(status < 500);
		expect("retry-after" in result.headers).toBe(status === 429 || status === 503);
		expect(log.lines).toEqual([expect.objectContaining({ code, status, requestId: "request-1" })]);
	},
);

test.each([
	["the member `status` alone, as of h3", Object.assign(new Error("No."), { status: 404 })],
	[
		"both members, as of http-errors",
		Object.assign(new Error("No."), { status: 404, statusCode: 404 }),
	],
	["another realm", Object.assign(runInNewContext('new Error("No.")'), { statusCode: 404 })],
	[
		"a member that it inherits",
		Object.assign(Object.create({ statusCode: 404 }), new Error("No.")),
	],
	["no class", { message: "No.", statusCode: 404 }],
])("a middleware's error with a status by %s keeps it", async (_what, error) => {
	const handler = makeHandler({ log: silentLog() }).use({ before: () => Promise.reject(error) });
	const result = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
	expect(JSON.parse(result.body)).toMatchObject({ code: "not-found", status: 404 });
});

test.each([
	["no status", new Error("secret detail")],
	["a status that is no error", Object.assign(new Error("secret detail"), { statusCode: 200 })],
	["a status that is no number", Object.assign(new Error("secret detail"), { statusCode: "404" })],
])("a middleware's error with %s is internal and tells nothing", async (_what, error) => {
	const handler = makeHandler({ log: silentLog() }).use({ before: () => Promise.reject(error) });
	const result = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
	expect(result.statusCode).toBe(500);
	expect(JSON.parse(result.body)).toMatchObject({ code: "internal" });
	expect(result.body).not.toContain("secret");
});

test("a signed URL in a middleware's error reaches neither the caller nor the log", async () => {
	const log = silentLog();
	const url = "https://bucket.s3.amazonaws.com/a?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F1";
	const error = Object.assign(new Error(`Could not read ${url}`), { statusCode: 400 });
	const handler = makeHandler({ log }).use({ before: () => Promise.reject(error) });
	const { body } = await handler(httpApiEvent("GET", "/", { query: "key=files/a" }));
	expect(body).toContain("Could not read https://bucket.s3.amazonaws.com/a?[removed]");
	expect(body + JSON.stringify(log.lines)).not.toMatch(/X-Amz|AKIA/);
});
