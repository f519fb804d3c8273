import { CopyObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, onTestFinished, test } from "vitest";
import { type S3ServerEvents, startS3Server } from "../../src/index.js";

async function open(events: S3ServerEvents) {
	const server = await startS3Server({ events });
	const { endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey } = server;
	const credentials = { accessKeyId, secretAccessKey };
	const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
	onTestFinished(async () => {
		client.destroy();
		await server.close();
	});
	const put = (Key: string) => client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
	const copy = (from: string, Key: string) =>
		client.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/${from}` }));
	return { put, copy, settled: () => server.events?.settled(), dropped: server.events?.dropped };
}

test("every stored object has an event, in the shape that was asked for", async () => {
	const seen: Record<string, unknown[]> = { eventbridge: [], s3: [], sqs: [] };
	for (const shape of ["eventbridge", "s3", "sqs"] as const) {
		const { put, copy, settled } = await open({
			shape,
			deliver: (event) => void seen[shape]?.push(event),
		});
		await put("a b/ä");
		await settled();
		await copy("a%20b/%C3%A4", "b");
		await settled();
	}
	expect(seen["eventbridge"]).toMatchObject([
		{
			source: "aws.s3",
			"detail-type": "Object Created",
			detail: {
				bucket: { name: "skyput" },
				object: { key: "a b/ä", size: 1 },
				reason: "PutObject",
			},
		},
		{ detail: { object: { key: "b" }, reason: "CopyObject" } },
	]);
	expect(seen["s3"]).toMatchObject([
		{ Records: [{ eventName: "ObjectCreated:Put", s3: { object: { key: "a+b%2F%C3%A4" } } }] },
		{ Records: [{ eventName: "ObjectCreated:Copy", s3: { object: { key: "b" } } }] },
	]);
	const [sqs] = seen["sqs"] as { readonly Records: readonly { readonly body: string }[] }[];
	expect(JSON.parse(sqs?.Records[0]?.body ?? "")).toMatchObject({ source: "aws.s3" });
});

test("an event comes until it is taken, and is dropped in the end", async () => {
	const counts: string[] = [];
	const { put, settled, dropped } = await open({
		shape: "sqs",
		retryDelay: 1,
		maxAttempts: 4,
		deliver(event) {
			const [record] = (
				event as {
					Records: {
						messageId: string;
						attributes: { ApproximateReceiveCount: string };
						body: string;
					}[];
				}
			).Records;
			const isPoison = record?.body.includes("poison") ?? false;
			counts.push(record?.attributes.ApproximateReceiveCount ?? "");
			if (counts.length === 1) throw new Error("the function died");
			return { batchItemFailures: isPoison ? [{ itemIdentifier: record?.messageId }] : [] };
		},
	});
	await put("good");
	await settled();
	expect(counts).toEqual(["1", "2"]);
	await put("poison");
	await settled();
	expect(counts).toEqual(["1", "2", "1", "2", "3", "4"]);
	expect(dropped).toHaveLength(1);
});

test("each event comes as often as asked, in any order, and a prefix filters", async () => {
	const keys: string[] = [];
	const { put, settled } = await open({
		prefix: "in/",
		copies: 3,
		shuffle: 1,
		deliver: (event) =>
			void keys.push((event as { detail: { object: { key: string } } }).detail.object.key),
	});
	for (const key of ["in/1", "out/1", "in/2"]) await put(key);
	await settled();
	expect(keys.sort()).toEqual(["in/1", "in/1", "in/1", "in/2", "in/2", "in/2"]);
});
