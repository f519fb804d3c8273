// Builds both functions and runs the whole chain here: upload, event, queue, steps, promotion. With clamd where it
// is installed (`apt-get install clamav-daemon`), else with the events that GuardDuty would send. Then it checks
// what matters in the template: `npm test`.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { crc32, deflateSync } from "node:zlib";
import { createClient } from "@skyput/client";
import { startGateway, startS3Server } from "@skyput/testing";
import "./build.mjs";
import { checkTemplate } from "./check-template.mjs";
import { eicar, startClamd } from "./start-clamd.mjs";

const clamd = await startClamd();
console.log(
	clamd ? "scanning with clamd" : "clamd is not installed: scans are simulated as GuardDuty's",
);

/** GuardDuty's event about an object, as the queue delivers it. */
function scanEvent({ detail }, result) {
	const { bucket, object } = detail;
	const body = {
		source: "aws.guardduty",
		"detail-type": "GuardDuty Malware Protection Object Scan Result",
		detail: {
			scanStatus: "COMPLETED",
			s3ObjectDetails: { bucketName: bucket.name, objectKey: object.key, eTag: object.etag },
			scanResultDetails: { scanResultStatus: result, threats: null },
		},
	};
	const record = { messageId: "scan", eventSource: "aws:sqs", body: JSON.stringify(body) };
	return { Records: [{ ...record, attributes: { ApproximateReceiveCount: "1" } }] };
}

let objectHandler;
const storage = await startS3Server({
	events: {
		shape: "sqs",
		prefix: ".skyput/quarantine/",
		// storages deliver at least once, in any order
		copies: 2,
		shuffle: 1,
		async deliver(event) {
			const result = await objectHandler(event);
			if (clamd) return result;
			const created = JSON.parse(event.Records[0].body);
			const isBad = created.detail.object.size === eicar.length;
			return objectHandler(scanEvent(created, isBad ? "THREATS_FOUND" : "NO_THREATS_FOUND"));
		},
	},
});

Object.assign(process.env, {
	BUCKET_NAME: storage.bucket,
	S3_ENDPOINT: storage.endpoint,
	AWS_REGION: storage.region,
	AWS_ACCESS_KEY_ID: storage.accessKeyId,
	AWS_SECRET_ACCESS_KEY: storage.secretAccessKey,
	UPLOAD_TOKEN_SECRET: randomBytes(48).toString("base64"),
	ALLOWED_ORIGINS: "https://app.example.com",
	...(clamd ? { CLAMD_HOST: "127.0.0.1", CLAMD_PORT: `${clamd.port}`, CLAMD_MAX_AGE: "any" } : {}),
});
const { handler } = await import(new URL("dist/upload-handler.mjs", import.meta.url));
({ handler: objectHandler } = await import(new URL("dist/object-handler.mjs", import.meta.url)));
const gateway = await startGateway(handler, { authorizer: { jwt: { claims: { sub: "42" } } } });
const client = createClient({ endpoint: `${gateway.endpoint}/uploads` });

function png() {
	const chunk = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data]);
		const ends = Buffer.alloc(8);
		ends.writeUInt32BE(data.length, 0);
		ends.writeUInt32BE(crc32(body), 4);
		return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
	};
	const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
	return Buffer.concat([
		Buffer.from("89504e470d0a1a0a", "hex"),
		chunk("IHDR", header),
		chunk("IDAT", deflateSync(Buffer.alloc(2))),
		chunk("IEND", Buffer.alloc(0)),
	]);
}

try {
	const stored = await client.uploadFile(png(), "documents/42/photo.png", {
		contentType: "image/png",
	});
	const url = await client.downloadUrl(stored.key);
	assert.ok(png().equals(Buffer.from(await (await fetch(url)).arrayBuffer())));
	console.log(`${stored.key} was looked at, and is at its key`);

	for (const [name, contentType, content] of [
		["page.png", "image/png", "<!doctype html><script>alert(1)</script>"],
		["drawing.svg", "image/svg+xml", "<svg><script>alert(1)</script></svg>"],
		["virus.pdf", "application/pdf", clamd ? `%PDF-1.7\n%\x00${eicar}` : eicar],
	]) {
		const key = `documents/42/${name}`;
		await assert.rejects(
			client.uploadFile(Buffer.from(content), key, { contentType }),
			(error) => error.code === "rejected",
		);
		await assert.rejects(client.downloadUrl(key), ({ code }) => code === "not-found");
		console.log(`${key} was rejected`);
	}
	await storage.events.settled();
	assert.deepEqual(storage.events.dropped, []);
} finally {
	await gateway.close();
	await storage.close();
	await clamd?.close();
}

await checkTemplate("template.yaml");
console.log("the template has what its users rely on");
