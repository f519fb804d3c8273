import type { ErrorCode, ProblemValues } from "#protocol";
import type { S3Settings } from "./settings.js";

/** What the server was doing: the meaning of some error names depends on it. */
export type StorageAction =
	| "begin the upload"
	| "list the parts"
	| "complete the upload"
	| "abort the upload"
	| "check the object"
	| "copy the object"
	| "delete the object"
	| "list the objects"
	| "list the uploads"
	| "read the tags"
	| "write the tags"
	| "sign the request";

/** A fault of the server's set-up that a refusal shows. */
export interface SetupFault {
	readonly code: ErrorCode;
	/** Sent to the client. */
	readonly message: string;
	/** The numbers and names in the message. */
	readonly values?: ProblemValues;
	/** For the log; absent where the message says it all. */
	readonly reason?: string;
}

/** A refusal of the storage, as far as it was read. */
export interface Refusal {
	/** The storage's own error code; of HEAD requests the SDK makes one up. */
	readonly name: string;
	readonly status: number | undefined;
	/** The storage's words. Logged with the cause, never sent. */
	readonly message: string;
	/** Where the storage says the bucket is. */
	readonly region: string | undefined;
}

/** Seconds between the clocks at which S3 refuses every signature. */
const toleratedSkew = 900;

/** Seconds between the clocks that explain a refusal: a URL lives no longer by default. */
const suspectSkew = 300;

const rights: Readonly<Record<StorageAction, string>> = {
	"begin the upload": "s3:PutObject",
	"list the parts": "s3:ListMultipartUploadParts",
	"complete the upload": "s3:PutObject",
	"abort the upload": "s3:AbortMultipartUpload",
	"check the object": "s3:GetObject, and s3:ListBucket on the bucket",
	"copy the object": "s3:GetObject on the source, and s3:PutObject",
	"delete the object": "s3:DeleteObject",
	"list the objects": "s3:ListBucket on the bucket",
	"list the uploads": "s3:ListBucketMultipartUploads on the bucket",
	"read the tags": "s3:GetObjectTagging",
	"write the tags": "s3:PutObjectTagging",
	"sign the request": "s3:PutObject",
};

/** Conditions of policies, by what storages write when they deny. */
const policies: readonly (readonly [words: RegExp, cause: string])[] = [
	[/vpc/i, "The policy of a VPC endpoint, or a bucket policy that names one (aws:SourceVpce)."],
	[/signatureAge/i, "A bucket policy limits s3:signatureAge: shorten expiresIn."],
	[/kms|encrypt/i, "The role may not use the KMS key (kms:GenerateDataKey, kms:Decrypt)."],
	[/requester/i, "The bucket bills the requester (requester pays), which is not supported."],
	[/secure ?transport/i, "A bucket policy wants HTTPS (aws:SecureTransport)."],
];

const denied: SetupFault["message"] = "The storage did not allow the server to do this.";

/** The error of a server whose clock is wrong; undefined while it is right. @param skew - Seconds ahead. */
export function clockFault(skew: number, limit: number = toleratedSkew): SetupFault | undefined {
	const seconds = Math.round(Math.abs(skew));
	if (seconds <= limit) return undefined;
	const by =
		seconds < 7200 ? `${Math.round(seconds / 60)} minutes` : `${Math.round(seconds / 3600)} hours`;
	const message = `The server's clock is ${by} ${skew > 0 ? "ahead of" : "behind"} the storage's, so the storage refuses its signatures. Set the server's clock (NTP).`;
	return { code: "storage-error", message, values: { seconds: Math.round(skew) } };
}

/** Whether the storage refuses because of the time of a signature. */
function isAboutTime({ name, message }: Refusal): boolean {
	return (
		/^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/.test(name) ||
		(name === "AccessDenied" && /has expired|not yet valid/i.test(message))
	);
}

function deniedBy({ message }: Refusal, action: StorageAction): string {
	const policy = policies.find(([words]) => words.test(message))?.[1];
	return policy === undefined
		? `The storage denied it. Allow ${rights[action]} on the prefix; where the role allows it, look for a bucket policy that denies it (VPC, s3:signatureAge, encryption) and for requester pays.`
		: `The storage denied it. ${policy}`;
}

/**
 * The fault behind a refusal that concerns the server's set-up: clock, region, bucket, credentials or
 * permissions. Undefined for any other refusal.
 *
 * @param skew - Seconds by which the server's clock is ahead, where the storage stated its own.
 */
export function setupFault(
	refusal: Refusal,
	action: StorageAction,
	{ bucket, region }: Pick<S3Settings, "bucket" | "region">,
	skew: number | undefined,
): SetupFault | undefined {
	const { name, status } = refusal;
	const isRefusal = status === 400 || status === 403;
	const clock = isRefusal && skew !== undefined ? clockFault(skew, suspectSkew) : undefined;
	if (clock) return clock;
	if (isAboutTime(refusal)) {
		const message =
			"The storage refused the time of the server's signature. Check its clock (NTP).";
		return { code: "storage-error", message };
	}
	const isElsewhere = refusal.region !== undefined && refusal.region !== region;
	if (
		(isElsewhere && (isRefusal || status === 301 || status === 307)) ||
		/^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/.test(
			name,
		)
	) {
		const where = isElsewhere ? `in ${refusal.region}` : "in another region";
		const message = `The bucket "${bucket}" is ${where}, and the server signs for ${region}. Correct the region (the option region of s3Provider, or AWS_REGION; of the ready Lambda handler, AWS_REGION_NAME).`;
		const actual = isElsewhere && refusal.region ? { actualRegion: refusal.region } : {};
		return { code: "storage-error", message, values: { bucket, region, ...actual } };
	}
	if (name === "NoSuchBucket") {
		const message = `The bucket "${bucket}" does not exist. Correct the bucket (BUCKET_NAME, or the option bucket of s3Provider), or create it.`;
		return { code: "storage-error", message, values: { bucket } };
	}
	if (/^(SignatureDoesNotMatch|InvalidAccessKeyId|InvalidToken|InvalidClientTokenId)$/.test(name)) {
		return {
			code: "forbidden",
			message: "The storage does not accept the server's credentials.",
			reason: `The storage answered ${name}: the server's credentials are wrong. Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or the option credentials of s3Provider.`,
		};
	}
	if (name === "AccessDenied" || (status === 403 && action === "check the object")) {
		return { code: "forbidden", message: denied, reason: deniedBy(refusal, action) };
	}
	return undefined;
}
