import { randomBytes } from "node:crypto";
import { createClient } from "@skyput/client";
import { type GatewayHandler, startGateway } from "@skyput/testing";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { uploads } from "../servers/uploads.ts";
import { type AwsParameters, startAwsParameters } from "./aws-parameters.ts";
import { checkServer, readObject, startTestStorage } from "./check-server.ts";

// The block of docs/configuration.md that reads its values from Parameter Store and Secrets Manager.

let storage: Awaited<ReturnType<typeof startTestStorage>>;
let aws: AwsParameters;
beforeAll(async () => {
	storage = await startTestStorage();
	aws = await startAwsParameters();
	aws.parameters = {
		"/uploads/bucket": { type: "String", value: storage.bucket },
		"/uploads/origins": {
			type: "StringList",
			value: "http://localhost:5173,https://app.example.com",
		},
	};
	aws.secrets = { "uploads/token": JSON.stringify({ current: secret(), previous: secret() }) };
	delete process.env["UPLOAD_TOKEN_SECRET"];
	Object.assign(process.env, {
		AWS_ENDPOINT_URL_SSM: aws.endpoint,
		AWS_ENDPOINT_URL_SECRETS_MANAGER: aws.endpoint,
	});
});
afterAll(async () => {
	vi.useRealTimers();
	aws.close();
	await storage.close();
});

const secret = () => randomBytes(32).toString("base64");

async function start() {
	const { handler } = await import("../servers/lambda-parameters.ts");
	const gateway = await startGateway(handler as unknown as GatewayHandler);
	return { endpoint: `${gateway.endpoint}/uploads`, close: gateway.close };
}

checkServer("servers/lambda-parameters.ts", start);

test("values are read once, and again after five minutes; a rotated secret keeps uploads going", async () => {
	const { endpoint, close } = await start();
	const headers = { authorization: "Bearer 42" };
	const call = async (path: string, body: object) => {
		const response = await fetch(endpoint + path, {
			method: "POST",
			headers: { ...headers, "content-type": "application/json" },
			body: JSON.stringify(body),
		});
		return { status: response.status, answer: await response.json() };
	};
	const begin = { v: 1, key: "users/42/rotated", size: 2, kinds: ["single"] };
	// what this call, the tests before and a first attempt have read is old then
	await call("", begin);
	vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * 60_000 });
	aws.secrets = { "uploads/token": JSON.stringify({ current: secret(), previous: secret() }) };
	aws.calls.length = 0;
	const { token } = (await call("", begin)).answer;
	const before = aws.calls.length;
	expect(aws.calls.filter((target) => target.includes("GetSecretValue"))).toHaveLength(1);

	const { current } = JSON.parse(aws.secrets["uploads/token"] ?? "{}");
	aws.secrets = { "uploads/token": JSON.stringify({ current: secret(), previous: current }) };
	expect((await call("/list", { token })).status).toBe(200);
	expect(aws.calls).toHaveLength(before);

	vi.setSystemTime(Date.now() + 6 * 60_000);
	// the values come with the next call, and the token of before is still good
	expect((await call("/list", { token })).status).toBe(200);
	expect(aws.calls.length).toBeGreaterThan(before);

	aws.secrets = { "uploads/token": JSON.stringify({ current: secret() }) };
	vi.setSystemTime(Date.now() + 6 * 60_000);
	expect(await call("/list", { token })).toMatchObject({
		status: 410,
		answer: { code: "token-expired" },
	});
	const client = createClient<typeof uploads>({ endpoint, headers });
	const bytes = randomBytes(1_000);
	const key = `users/42/${crypto.randomUUID()}` as const;
	await client.uploadFile(bytes, key);
	expect(bytes.equals(await readObject(key))).toBe(true);
	await close();
});
