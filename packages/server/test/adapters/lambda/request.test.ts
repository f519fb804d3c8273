import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { LambdaEvent } from "../../../src/adapters/lambda/event.js";
import { createBody, makeHandler } from "../../support/call.js";
import { albEvent, httpApiEvent, restEvent } from "../../support/lambda-event.js";

const key = (body: string): unknown => (JSON.parse(body) as { key: unknown }).key;

test("a key comes through all four kinds of event alike", async () => {
	const handler = makeHandler();
	const functionUrl = {
		...httpApiEvent("GET", "/", { query: "key=files%2Fa+b%2Bc.txt" }),
		requestContext: {
			http: { method: "GET", path: "/" },
			domainName: "x.lambda-url.eu-west-1.on.aws",
		},
	} as LambdaEvent;
	for (const event of [
		httpApiEvent("GET", "/uploads", { query: "key=files%2Fa+b%2Bc.txt" }),
		functionUrl,
		// REST APIs decode the values, load balancers do not
		restEvent("GET", "/uploads", { queryStringParameters: { key: "files/a b+c.txt" } }),
		restEvent("GET", "/uploads", {
			queryStringParameters: { key: "files/a b+c.txt" },
			multiValueQueryStringParameters: { key: ["files/a b+c.txt"] },
		}),
		albEvent("GET", "/uploads", { queryStringParameters: { key: "files%2Fa+b%2Bc.txt" } }),
		albEvent("GET", "/uploads", {
			headers: null,
			multiValueHeaders: { accept: ["*/*"] },
			multiValueQueryStringParameters: { key: ["files%2Fa%20b%2Bc.txt"] },
		}),
	]) {
		const { statusCode, body } = await handler(event);
		expect([statusCode, key(body)]).toEqual([200, "files/a b+c.txt"]);
	}
});

test("repeated query values are refused in every kind of event", async () => {
	const handler = makeHandler();
	for (const event of [
		httpApiEvent("GET", "/uploads", { query: "key=files/a&key=files/b" }),
		restEvent("GET", "/uploads", {
			queryStringParameters: { key: "files/b" },
			multiValueQueryStringParameters: { key: ["files/a", "files/b"] },
		}),
		albEvent("GET", "/uploads", {
			multiValueQueryStringParameters: { key: ["files/a", "files/b"] },
		}),
	]) {
		expect((await handler(event)).statusCode).toBe(400);
	}
});

test("a key with a comma is one key, although v2 events join repeated values by commas", async () => {
	const { body } = await makeHandler()(httpApiEvent("GET", "/uploads", { query: "key=files/a,b" }));
	expect(key(body)).toBe("files/a,b");
});

test("stage names and mounts before the operation do not matter", async () => {
	const handler = makeHandler();
	const body = { token: "x" };
	for (const path of [
		"/parts",
		"/uploads/parts",
		"/prod/api/v2/uploads/parts",
		"/uploads/parts/",
	]) {
		const { body: answer } = await handler(httpApiEvent("POST", path, { body }));
		expect(JSON.parse(answer)).toMatchObject({
			code: "invalid-request",
			errors: [{ field: "first" }],
		});
	}
	for (const path of ["", "/", "/prod", "/prod/uploads"]) {
		expect(
			(await handler(httpApiEvent("POST", path, { body: createBody("files/a", 5) }))).statusCode,
		).toBe(201);
	}
});

test("a base64 body is decoded, and one that is not UTF-8 is refused", async () => {
	const handler = makeHandler();
	const text = JSON.stringify(createBody("files/é", 5));
	const event = (bytes: Buffer) => ({
		...httpApiEvent("POST", "/uploads", { body: bytes.toString("base64") }),
		isBase64Encoded: true,
	});
	expect((await handler(event(Buffer.from(text)))).statusCode).toBe(201);
	expect((await handler(event(Buffer.from(text, "latin1")))).statusCode).toBe(400);
	const compressed = event(gzipSync(text));
	const headers = { ...compressed.headers, "content-encoding": "gzip" };
	const { statusCode, body } = await handler({ ...compressed, headers });
	expect(statusCode).toBe(415);
	expect(JSON.parse(body).detail).toMatch(/Content-Encoding is "gzip"/);
});

test("the request id is the gateway's, else Lambda's, else a new one", async () => {
	const id = async (event: LambdaEvent, context?: object) =>
		(JSON.parse((await makeHandler()(event, context)).body) as { requestId: string }).requestId;
	expect(await id(restEvent("PUT", "/"))).toBe("rest-1");
	expect(await id(albEvent("PUT", "/"), { awsRequestId: "lambda-1" })).toBe("lambda-1");
	expect(await id(albEvent("PUT", "/"))).toMatch(/^[0-9a-f-]{36}$/);
});

test("a body that a middleware has parsed already is taken", async () => {
	const handler = makeHandler();
	const body = createBody("files/a", 5);
	const event = httpApiEvent("POST", "/uploads", { body });
	const answer = await handler({ ...event, body: body as never });
	expect(answer.statusCode).toBe(201);
	const listed = await handler({ ...event, body: [body] as never });
	expect(JSON.parse(listed.body)).toMatchObject({ status: 400, errors: [{ field: "body" }] });
});

test.each([
	["a buffer", (text: string) => Buffer.from(text)],
	["bytes", (text: string) => new TextEncoder().encode(text)],
])("a body that a middleware has decoded to %s is taken", async (_what, decode) => {
	const event = httpApiEvent("POST", "/uploads", { body: createBody("files/a", 5) });
	const body = decode(JSON.stringify(createBody("files/a", 5)));
	const answer = await makeHandler()({ ...event, body: body as never });
	expect(answer.statusCode).toBe(201);
});

test("a body that a middleware has parsed is refused where it is nested too deeply to be written", async () => {
	const deep = JSON.parse(`{"v":1,"metadata":${"[".repeat(30_000)}${"]".repeat(30_000)}}`);
	const event = httpApiEvent("POST", "/uploads", { body: {} });
	const { statusCode, body } = await makeHandler()({ ...event, body: deep });
	expect(statusCode).toBe(400);
	expect(JSON.parse(body)).toMatchObject({ code: "invalid-request" });
});
