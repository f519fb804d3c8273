import { leaf, xmlError } from "../s3-server/xml-writer.js";

/** Error codes with their statuses and messages ("HTTP status and error codes for XML", Cloud Storage). */
const meanings = {
	AccessDenied: [403, "Access denied."],
	AuthenticationRequired: [401, "Authentication required."],
	BadDigest: [400, "The Content-MD5 or checksum you specified did not match what we received."],
	EntityTooLarge: [400, "Your proposed upload is larger than the maximum object size allowed."],
	EntityTooSmall: [400, "Your proposed upload is smaller than the minimum object size allowed."],
	ExcessHeaderValues: [400, "Headers of more than one provider were found in the request."],
	ExpiredToken: [400, "Invalid argument."],
	IncompleteBody: [400, "You did not provide the number of bytes specified by Content-Length."],
	InternalError: [500, "We encountered an internal error. Please try again."],
	InvalidArgument: [400, "Invalid argument."],
	InvalidPart: [400, "One or more of the specified parts could not be found."],
	InvalidPartOrder: [400, "The list of parts was not in ascending order."],
	InvalidRange: [416, "The requested range cannot be satisfied."],
	InvalidSecurity: [403, "The provided security credentials are not valid."],
	InvalidURI: [400, "Couldn't parse the specified URI."],
	MalformedSecurityHeader: [400, "Your request has a malformed header."],
	MalformedXML: [400, "The XML you provided was not well-formed."],
	MethodNotAllowed: [405, "The specified method is not allowed against this resource."],
	MissingContentLength: [411, "You must provide the Content-Length HTTP header."],
	NoSuchBucket: [404, "The specified bucket does not exist."],
	NoSuchKey: [404, "The specified key does not exist."],
	NoSuchUpload: [404, "The requested upload was not found."],
	NotImplemented: [501, "The requested functionality is not implemented."],
	PreconditionFailed: [412, "At least one of the pre-conditions you specified did not hold."],
	RequestTimeTooSkewed: [403, "The request time differs too much from the current time."],
	SignatureDoesNotMatch: [403, "Access denied."],
} as const;

export type GcsErrorCode = keyof typeof meanings;

/** An error response. `details` become elements of its XML, in this order. */
export class GcsError extends Error {
	override readonly name = "GcsError";
	readonly code: GcsErrorCode;
	readonly status: number;
	readonly details: Readonly<Record<string, string>>;

	constructor(code: GcsErrorCode, details: Readonly<Record<string, string>> = {}) {
		super(meanings[code][1]);
		this.code = code;
		this.status = meanings[code][0];
		this.details = details;
	}
}

/** The document of an error, by the codes that this API shares with S3. */
export function errorDocument(error: {
	readonly code: string;
	readonly message: string;
	readonly details?: Readonly<Record<string, string | number>>;
}): string {
	return xmlError([
		leaf("Code", error.code),
		leaf("Message", error.message),
		...Object.entries(error.details ?? {}).map(([name, value]) => leaf(name, value)),
	]);
}
