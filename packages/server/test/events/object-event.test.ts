import { expect, test } from "vitest";
import { readEvents } from "../../src/events/object-event.js";

const s3 = (eventName = "ObjectCreated:Put", key = "a+b%2Fc%C3%A4", more: object = {}) => ({
	eventVersion: "2.3",
	eventSource: "aws:s3",
	eventName,
	// IPv6 is as good an address as any
	requestParameters: { sourceIPAddress: "2001:db8::1" },
	s3: {
		bucket: { name: "bucket" },
		object: { key, size: 5, eTag: "e1", sequencer: "00", ...more },
	},
});

const bridge = (detailType = "Object Created", more: object = {}) => ({
	source: "aws.s3",
	"detail-type": detailType,
	detail: {
		version: "0",
		bucket: { name: "bucket" },
		object: { key: "a b/cä", size: 5, etag: "e1", sequencer: "00", ...more },
		reason: "PutObject",
	},
});

const expected = { bucket: "bucket", key: "a b/cä", etag: "e1" };

test("S3 notifications and EventBridge name the same object, whose key only the first encodes", () => {
	expect(readEvents({ Records: [s3(), s3()] })).toEqual([expected, expected]);
	expect(readEvents(bridge())).toEqual([expected]);
	expect(readEvents({ Records: [s3("ObjectCreated:Put", "a", { versionId: "v1" })] })).toEqual([
		{ bucket: "bucket", key: "a", version: "v1", etag: "e1" },
	]);
	expect(readEvents(bridge("Object Created", { "version-id": "v1" }))).toEqual([
		{ ...expected, version: "v1" },
	]);
});

test("events of another kind, and the test event of S3, are acknowledged", () => {
	const others = [
		{ Records: [s3("ObjectRemoved:Delete"), s3("ObjectTagging:Put")] },
		bridge("Object Tags Added"),
		bridge("Object Deleted"),
		{ Service: "Amazon S3", Event: "s3:TestEvent", Time: "2026-01-01T00:00:00Z", Bucket: "bucket" },
		[],
	];
	for (const event of others) expect(readEvents(event)).toEqual([]);
});

test("envelopes of SNS are opened by their content, also as text", () => {
	const message = JSON.stringify({ Records: [s3()] });
	expect(readEvents({ Type: "Notification", Message: message })).toEqual([expected]);
	expect(
		readEvents(JSON.stringify({ Type: "Notification", Message: JSON.stringify(bridge()) })),
	).toEqual([expected]);
	expect(readEvents({ Records: [{ EventSource: "aws:sns", Sns: { Message: message } }] })).toEqual([
		expected,
	]);
});

test("GuardDuty's results carry what it found", () => {
	const detail = (scanStatus: string, scanResultStatus: string, threats: unknown) => ({
		source: "aws.guardduty",
		"detail-type": "GuardDuty Malware Protection Object Scan Result",
		detail: {
			schemaVersion: "1.0",
			scanStatus,
			resourceType: "S3_OBJECT",
			s3ObjectDetails: {
				bucketName: "bucket",
				objectKey: "a",
				eTag: "e1",
				versionId: "v1",
				s3Throttled: false,
			},
			scanResultDetails: { scanResultStatus, threats },
		},
	});
	expect(readEvents(detail("COMPLETED", "THREATS_FOUND", [{ name: "EICAR" }]))).toEqual([
		{
			bucket: "bucket",
			key: "a",
			version: "v1",
			etag: "e1",
			scanReport: { status: "COMPLETED", result: "THREATS_FOUND", threats: ["EICAR"] },
		},
	]);
	expect(readEvents(detail("COMPLETED", "NO_THREATS_FOUND", null))).toMatchObject([
		{ scanReport: { status: "COMPLETED", result: "NO_THREATS_FOUND" } },
	]);
});

test("Event Grid names container and account, in both schemas", () => {
	const data = {
		api: "PutBlockList",
		eTag: "0x8D",
		contentLength: 5,
		url: "https://account.blob.core.windows.net/uploads/a%20b",
	};
	const subject = "/blobServices/default/containers/uploads/blobs/a b/c";
	const wanted = [{ bucket: "account/uploads", key: "a b/c", etag: "0x8D" }];
	expect(readEvents([{ eventType: "Microsoft.Storage.BlobCreated", subject, data }])).toEqual(
		wanted,
	);
	expect(
		readEvents({ type: "Microsoft.Storage.BlobCreated", specversion: "1.0", subject, data }),
	).toEqual(wanted);
	expect(readEvents([{ eventType: "Microsoft.Storage.BlobDeleted", subject, data }])).toEqual([]);
});

test("what is no event is refused, and so is an endless envelope", () => {
	for (const wrong of [
		"{",
		"null",
		{},
		{ Records: [{ eventSource: "aws:s3", eventName: "ObjectCreated:Put" }] },
		s3("ObjectCreated:Put", "%E4"),
	]) {
		expect(() => readEvents(wrong)).toThrow(expect.objectContaining({ code: "invalid-request" }));
	}
	let nested: unknown = { Records: [s3()] };
	for (let depth = 0; depth < 8; depth++) {
		nested = { Type: "Notification", Message: JSON.stringify(nested) };
	}
	expect(() => readEvents(nested)).toThrow(/too many envelopes/);
});
