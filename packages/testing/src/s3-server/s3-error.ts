/** Error codes and their statuses (Amazon S3 API Reference, "Error responses"). */
const statuses = {
	AccessControlListNotSupported: 400,
	AccessDenied: 403,
	AccessForbidden: 403,
	AuthorizationHeaderMalformed: 400,
	AuthorizationQueryParametersError: 400,
	BadDigest: 400,
	BadRequest: 400,
	BucketAlreadyOwnedByYou: 409,
	BucketNotEmpty: 409,
	ConditionalRequestConflict: 409,
	EntityTooLarge: 400,
	EntityTooSmall: 400,
	IncompleteBody: 400,
	InternalError: 500,
	InvalidAccessKeyId: 403,
	InvalidArgument: 400,
	InvalidBucketName: 400,
	InvalidDigest: 400,
	InvalidPart: 400,
	InvalidPartOrder: 400,
	InvalidPolicyDocument: 400,
	InvalidRange: 416,
	InvalidRequest: 400,
	InvalidTag: 400,
	InvalidToken: 400,
	InvalidURI: 400,
	KeyTooLongError: 400,
	MalformedPOSTRequest: 400,
	MalformedTrailerError: 400,
	MalformedXML: 400,
	MaxMessageLengthExceeded: 400,
	MaxPostPreDataLengthExceeded: 400,
	MetadataTooLarge: 400,
	MethodNotAllowed: 405,
	MissingContentLength: 411,
	MissingRequestBodyError: 400,
	NoSuchBucket: 404,
	NoSuchCORSConfiguration: 404,
	NoSuchKey: 404,
	NoSuchUpload: 404,
	NoSuchVersion: 404,
	NotImplemented: 501,
	PermanentRedirect: 301,
	PreconditionFailed: 412,
	RequestTimeTooSkewed: 403,
	SignatureDoesNotMatch: 403,
	XAmzContentSHA256Mismatch: 400,
} as const;

export type S3ErrorCode = keyof typeof statuses;

/** An error response. `details` become elements of its XML, in this order. */
export class S3Error extends Error {
	override readonly name = "S3Error";
	readonly code: S3ErrorCode;
	readonly status: number;
	readonly details: Readonly<Record<string, string | number>>;

	constructor(
		code: S3ErrorCode,
		message: string,
		details: Readonly<Record<string, string | number>> = {},
	) {
		super(message);
		this.code = code;
		this.status = statuses[code];
		this.details = details;
	}
}

/** Refuses a header whose meaning this server does not implement. */
export function notImplemented(header: string, reason?: string): S3Error {
	return new S3Error(
		"NotImplemented",
		"A header you provided implies functionality that is not implemented",
		{ Header: header, ...(reason === undefined ? {} : { additionalMessage: reason }) },
	);
}

export function invalidArgument(message: string, name: string, value: string): S3Error {
	return new S3Error("InvalidArgument", message, { ArgumentName: name, ArgumentValue: value });
}

export function noSuchKey(key: string): S3Error {
	return new S3Error("NoSuchKey", "The specified key does not exist.", { Key: key });
}

export function noSuchVersion(key: string, versionId: string): S3Error {
	return new S3Error("NoSuchVersion", "The specified version does not exist.", {
		Key: key,
		VersionId: versionId,
	});
}

export function noSuchUpload(uploadId: string): S3Error {
	return new S3Error(
		"NoSuchUpload",
		"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
		{ UploadId: uploadId },
	);
}

export function preconditionFailed(condition: string): S3Error {
	return new S3Error(
		"PreconditionFailed",
		"At least one of the pre-conditions you specified did not hold",
		{ Condition: condition },
	);
}

/** Another request changed the key while the conditional request was in progress. */
export function conditionalConflict(condition: string, key: string): S3Error {
	return new S3Error(
		"ConditionalRequestConflict",
		"The conditional request cannot succeed due to a conflicting operation against this resource.",
		{ Condition: condition, Key: key },
	);
}
