import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { HeadObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type S3Server, startS3Server } from "../../src/index.js";

let storage: S3Server;
let client: S3Client;
let Bucket: string;

const clientOf = ({ endpoint, region, accessKeyId, secretAccessKey }: S3Server): S3Client =>
	new S3Client({
		endpoint,
		region,
		forcePathStyle: true,
		credentials: { accessKeyId, secretAccessKey },
	});

beforeAll(async () => {
	storage = await startS3Server();
	client = clientOf(storage);
	Bucket = storage.bucket;
});

afterAll(() => storage.close());

const mebibyte = 1024 * 1024;

/** Sends with node:http, to which a header such as Expect or Host is a header like any other. */
async function send(
	url: string,
	options: { readonly method: string; readonly headers?: Record<string, string> },
	body?: Buffer,
): Promise<{ readonly status: number; readonly continued: boolean; readonly connection: string }> {
	let continued = false;
	const request = httpRequest(url, { ...options, agent: false });
	request.on("continue", () => {
		continued = true;
		request.end(body);
	});
	if (options.headers?.["expect"] === undefined) request.end(body);
	else request.flushHeaders();
	const [response] = (await once(request, "response")) as [IncomingMessage];
	response.resume();
	await once(response, "end");
	request.destroy();
	return {
		status: response.statusCode ?? 0,
		continued,
		connection: response.headers.connection ?? "",
	};
}

test("a PUT with signed length, type and create-only succeeds once", async () => {
	const url = await getSignedUrl(
		client,
		new PutObjectCommand({
			Bucket,
			Key: `presigned/${randomUUID()}`,
			ContentLength: 5,
			ContentType: "text/plain",
			IfNoneMatch: "*",
		}),
		{ signableHeaders: new Set(["content-type"]) },
	);
	const headers = {
		"content-type": "text/plain",
		"if-none-match": "*",
		"cache-control": "no-store",
	};
	const put = (): Promise<Response> => fetch(url, { method: "PUT", headers, body: "hello" });
	expect([(await put()).status, (await put()).status]).toEqual([200, 412]);
});

test("a large body that is refused still gets the error code", async () => {
	const command = new PutObjectCommand({ Bucket, Key: "presigned/big", ContentLength: 5 });
	const url = await getSignedUrl(client, command);
	const body = new Uint8Array(8 * mebibyte);
	const answer = await fetch(url, { method: "PUT", body });
	expect(answer.status).toBe(403);
	expect(await answer.text()).toContain("<Code>SignatureDoesNotMatch</Code>");
});

test("a client that waits for 100 Continue is refused before it sends a byte", async () => {
	const url = await getSignedUrl(client, new PutObjectCommand({ Bucket, Key: "continue" }));
	const headers = { expect: "100-continue", "content-length": "5" };
	const good = await send(url, { method: "PUT", headers }, Buffer.from("hello"));
	expect(good).toMatchObject({ status: 200, continued: true });
	const bad = await send(`${url}0`, { method: "PUT", headers }, Buffer.from("hello"));
	expect(bad).toEqual({ status: 403, continued: false, connection: "close" });
});

test("a bucket may be in the host name or in the path", async () => {
	const virtual = new S3Client({
		endpoint: storage.endpoint.replace("127.0.0.1", "localhost"),
		region: storage.region,
		credentials: {
			accessKeyId: storage.accessKeyId,
			secretAccessKey: storage.secretAccessKey,
		},
	});
	const url = new URL(
		await getSignedUrl(virtual, new PutObjectCommand({ Bucket, Key: "virtual/host" })),
	);
	expect(url.hostname).toBe(`${Bucket}.localhost`);
	const local = `${storage.endpoint}${url.pathname}${url.search}`;
	const put = await send(local, { method: "PUT", headers: { host: url.host } }, Buffer.from("v"));
	expect(put.status).toBe(200);
	await client.send(new HeadObjectCommand({ Bucket, Key: "virtual/host" }));
});
