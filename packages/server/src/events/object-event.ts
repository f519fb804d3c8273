import { UploadError } from "../errors.js";
import type { ScanReport } from "./step.js";

/** Says that an object was stored, or what a scanner found in it. A hint: the storage is asked what is there now. */
export interface ObjectEvent {
	/** The provider's `bucket`. @default the only provider's */
	readonly bucket?: string | undefined;
	/** Decoded. */
	readonly key: string;
	/** An event of another version than the current one is outdated. @default any */
	readonly version?: string | undefined;
	/** With or without quotes; compared where there is no version. @default any */
	readonly etag?: string | undefined;
	/** What a scanner outside of the steps reported. It counts only with the version or etag that is stored now. */
	readonly scanReport?: ScanReport | undefined;
	/** How often this event was delivered, with this time. @default 1 */
	readonly attempt?: number | undefined;
}

/** A JSON object whose members were not checked. */
type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
	typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

const textOf = (value: unknown): string | undefined =>
	typeof value === "string" && value !== "" ? value : undefined;

function requiredText(value: unknown, what: string): string {
	const text = textOf(value);
	if (text !== undefined) return text;
	throw invalid(`The ${what} of the event must be a text, not ${JSON.stringify(value)}.`);
}

const invalid = (problem: string, cause?: unknown): UploadError =>
	new UploadError("invalid-request", `${problem} Pass the event as the storage sent it.`, {
		cause,
	});

/** Percent-decoded. */
function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch (cause) {
		throw invalid(`The key ${JSON.stringify(text)} of the event is not percent-encoded.`, cause);
	}
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html: keys are form-encoded. */
function ofS3(record: Json): ObjectEvent[] {
	const { s3, eventName } = record;
	const { bucket, object } = objectOf(s3);
	const { key, eTag, versionId } = objectOf(object);
	if (!`${eventName}`.startsWith("ObjectCreated:")) return [];
	return [
		{
			bucket: requiredText(objectOf(bucket)["name"], "bucket"),
			key: decode(requiredText(key, "key").replaceAll("+", " ")),
			version: textOf(versionId),
			etag: textOf(eTag),
		},
	];
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html: keys are not encoded. */
function ofEventBridge(detail: Json): ObjectEvent[] {
	const object = objectOf(detail["object"]);
	return [
		{
			bucket: requiredText(objectOf(detail["bucket"])["name"], "bucket"),
			key: requiredText(object["key"], "key"),
			version: textOf(object["version-id"]),
			etag: textOf(object["etag"]),
		},
	];
}

/** https://docs.aws.amazon.com/guardduty/latest/ug/monitor-with-eventbridge-s3-malware-protection.html */
function ofGuardDuty(detail: Json): ObjectEvent[] {
	const { bucketName, objectKey, eTag, versionId } = objectOf(detail["s3ObjectDetails"]);
	const { scanResultStatus, threats } = objectOf(detail["scanResultDetails"]);
	const names = Array.isArray(threats)
		? threats.flatMap((threat) => textOf(objectOf(threat)["name"]) ?? [])
		: undefined;
	return [
		{
			bucket: requiredText(bucketName, "bucket"),
			key: requiredText(objectKey, "key"),
			version: textOf(versionId),
			etag: textOf(eTag),
			scanReport: {
				status: requiredText(detail["scanStatus"], "scan status"),
				result: textOf(scanResultStatus),
				threats: names,
			},
		},
	];
}

/** https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage, and the same as a CloudEvent. */
function ofEventGrid({ subject, data, eventType, type }: Json): ObjectEvent[] {
	if ((eventType ?? type) !== "Microsoft.Storage.BlobCreated") return [];
	const found = /^\/blobServices\/default\/containers\/([^/]+)\/blobs\/(.+)$/s.exec(`${subject}`);
	const { url, eTag } = objectOf(data);
	const { hostname = "", pathname = "" } = URL.parse(`${url}`) ?? {};
	if (!found) throw invalid(`The subject ${JSON.stringify(subject)} of the event names no blob.`);
	const [, container, key = ""] = found;
	// the emulator has the account in the path
	const account = /^[\d.]+$|^localhost$/.test(hostname)
		? pathname.split("/")[1]
		: hostname.split(".")[0];
	return [{ bucket: `${account}/${container}`, key, etag: textOf(eTag) }];
}

/** Lists, texts and envelopes inside of each other: SQS around SNS around a notification has five. */
const maxDepth = 8;

/**
 * Reads what AWS and Azure send when an object was stored or scanned: EventBridge events, S3 event notifications,
 * results of GuardDuty, Event Grid's events and CloudEvents, each also inside of SNS. An {@link ObjectEvent} is
 * returned as it is; events of another kind are left out.
 *
 * @param event - As the runtime or a queue delivered it, parsed or as JSON.
 * @throws UploadError `invalid-request` for what is no event.
 */
export function readEvents(event: unknown, depth = 0): readonly ObjectEvent[] {
	if (depth > maxDepth) {
		throw new UploadError(
			"invalid-request",
			`The event has too many envelopes: at most ${maxDepth} are opened. Pass what is inside.`,
		);
	}
	const open = (inner: unknown) => readEvents(inner, depth + 1);
	if (typeof event === "string") return open(parse(event));
	if (Array.isArray(event)) return event.flatMap(open);
	const fields = objectOf(event);
	const { Records, source, detail } = fields;
	if (Array.isArray(Records)) return Records.flatMap(open);
	if (textOf(fields["Message"]) && fields["Type"] === "Notification")
		return open(fields["Message"]);
	if (fields["EventSource"] === "aws:sns") return open(objectOf(fields["Sns"])["Message"]);
	if (fields["eventSource"] === "aws:s3") return ofS3(fields);
	if (fields["Event"] === "s3:TestEvent") return [];
	if (source === "aws.s3" && fields["detail-type"] === "Object Created") {
		return ofEventBridge(objectOf(detail));
	}
	if (source === "aws.guardduty" && "s3ObjectDetails" in objectOf(detail)) {
		return ofGuardDuty(objectOf(detail));
	}
	if (source === "aws.s3" || source === "aws.guardduty") return [];
	if (/^Microsoft\./.test(`${fields["eventType"] ?? fields["type"]}`)) return ofEventGrid(fields);
	if (typeof fields["key"] === "string") return [fields as unknown as ObjectEvent];
	throw new UploadError(
		"invalid-request",
		`An event with ${Object.keys(fields).join(", ") || "no members"} is none of S3, EventBridge, SNS, SQS, GuardDuty or Event Grid. Pass { bucket, key, version, etag } for others.`,
	);
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw invalid(`The event is a text of ${text.length} characters that is not JSON.`, cause);
	}
}
