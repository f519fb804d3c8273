import { expect, test } from "vitest";
import { readEvents } from "../../src/events/object-event.js";

const s3 = (eventName = "ObjectCreated:Put", key = "a+b%2Fc%C3%A4", extra: object = {}) => ({
	eventVersion: "2.3",
	eventSource: "aws:s3",
	eventName,
	// IPv6 is as good an address as any
	requestParameters: { sourceIPAddress: "2001:db8::1" },
	s3: {
		bucket: { name: "bucket" },
		object: { key, size: 5, eTag: "e1", sequencer: "00", ...extra },
	},
});

const bridge = (detailType = "Object Created", extra: object = {}) => ({
	source: "aws.s3",
	"detail-type": detailType,
	detail: {
		version: "0",
		bucket: { name: "bucket" },
		object: { key: "a b/cä", size: 5, etag: "e1", sequencer: "00", ...extra },
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

test.each([
	["a+b%2Bc", "a b+c"],
	["100%25%20%26%3D", "100% &="],
	["%C3%A4%2F%F0%9F%93%84+%E6%96%87.pdf", "ä/📄 文.pdf"],
	["caf%C3%A9/cafe%CC%81", "café/cafe\u0301"],
	["a%2525", "a%25"],
	["%2E%2E/x%00", "../x\0"],
])("the key %s of a notification is %s, and EventBridge's is not decoded", (encoded, key) => {
	expect(readEvents({ Records: [s3("ObjectCreated:Put", encoded)] })).toMatchObject([{ key }]);
	expect(readEvents(bridge("Object Created", { key: encoded }))).toMatchObject([{ key: encoded }]);
});

test("versions of the formats that are not known yet are read by the members that are", () => {
	for (const eventVersion of ["2.0", "2.9", "3.0", undefined]) {
		expect(readEvents({ Records: [{ ...s3(), eventVersion, news: {} }] })).toEqual([expected]);
	}
	const { detail } = bridge();
	const later = { ...bridge(), version: "7", detail: { ...detail, version: "9", news: [] } };
	expect(readEvents(later)).toEqual([expected]);
});

test("a notification of 64 kB names all of its objects, each kind of creation among them", () => {
	const kinds = ["Put", "Post", "Copy", "CompleteMultipartUpload"];
	const Records = Array.from({ length: 200 }, (_, n) =>
		s3(`ObjectCreated:${kinds[n % 4]}`, `${"k".repeat(90)}${n}`),
	);
	const body = JSON.stringify({ Records });
	expect(body.length).toBeGreaterThan(60_000);
	expect(new Set(readEvents(body).map(({ key }) => key)).size).toBe(200);
});

test("events of another kind, and the test event of S3, are acknowledged", () => {
	const others = [
		{ Records: [s3("ObjectRemoved:Delete"), s3("ObjectTagging:Put")] },
		bridge("Object Tags Added"),
		bridge("Object Deleted"),
		{ Records: [] },
		{ Records: [s3("ObjectRemoved:DeleteMarkerCreated"), s3("ObjectRestore:Completed")] },
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
