import { type S3Server, startS3Server } from "@skyput/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFetchHandler } from "../../../src/adapters/web.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";
import { createBody, defaultUploads, silentLog, tokenSecret } from "../../support/call.js";

// With SignatureDoesNotMatch AWS returns what was signed, and the SDK makes it members of its error.

let storage: S3Server;
beforeAll(async () => {
	storage = await startS3Server();
});
afterAll(() => storage.close());

function provider(secretAccessKey: string) {
	const { bucket, region, endpoint, accessKeyId, capabilities } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	return s3Provider({ bucket, region, endpoint, credentials, capabilities });
}

/** Calls a handler that signs with a secret. Returns the answer, and all that was logged. */
async function call(secretAccessKey: string, operation: string, body: object) {
	const log = silentLog();
	const handle = createFetchHandler({
		uploads: defaultUploads,
		tokenSecret,
		provider: provider(secretAccessKey),
		log,
	});
	const url = `https://uploads.example/uploads${operation}`;
	const headers = { "content-type": "application/json" };
	const request = new Request(url, { method: "POST", headers, body: JSON.stringify(body) });
	const response = await handle(request);
	return { status: response.status, answer: await response.text(), lines: log.lines };
}

const wrong = "not-the-secret-of-this-storage-server";

test("the SDK's error for a wrong secret holds the signed strings", async () => {
	const refused = provider(wrong).createMultipart(
		{ key: "files/a", size: 2e7 },
		{ createOnly: true },
	);
	await expect(refused).rejects.toMatchObject({
		cause: { name: "SignatureDoesNotMatch", CanonicalRequest: expect.stringMatching(/^POST/) },
	});
});

test.each(["", "/list", "/complete"])(
	"POST %s with a wrong secret answers and logs the refusal, and no signed string",
	async (operation) => {
		const create = createBody("files/a", 2e7, { multipart: true });
		const begun = await call(storage.secretAccessKey, "", create);
		const { token } = JSON.parse(begun.answer) as { readonly token: string };
		const body = operation === "" ? create : { v: 1, token };
		const { status, answer, lines } = await call(wrong, operation, body);

		expect(status).toBe(403);
		expect(JSON.parse(answer)).toMatchObject({
			code: "forbidden",
			detail: expect.stringMatching(/credentials/),
		});
		expect(lines).toHaveLength(1);
		expect(Object.keys(lines[0]?.["cause"] ?? {})).toEqual(["name", "message", "stack"]);
		expect(lines[0]).toMatchObject({ cause: { name: "SignatureDoesNotMatch" } });
		const output = answer + JSON.stringify(lines);
		for (const part of ["AWS4-HMAC", "aws4_request", "x-amz-date", "uploadId=", "41 57 53 34"]) {
			expect(output).not.toContain(part);
		}
		expect(output).not.toMatch(/[0-9a-f]{64}/);
		expect(output).not.toContain(storage.accessKeyId);
		expect(output).not.toContain(wrong);
	},
);
