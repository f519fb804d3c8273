import { error, warning } from "../finding-kind.js";

/** Findings about the bucket. */
export const storageFindings = {
	"storage-unreachable": error(
		"No answer from the storage",
		"Check the endpoint: host, port, firewall, VPC",
	),
	"storage-foreign": error(
		"Something other than a storage answers at its address",
		"Check the endpoint, and the proxy in front of it",
	),
	"credentials-missing": error(
		"No credentials were found",
		"Set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, choose a profile, or give the machine a role",
	),
	"credentials-refused": error(
		"The storage does not know the access key, or the secret does not match it",
		"Correct the credentials",
	),
	"region-wrong": error(
		"The bucket is in another region",
		"Correct `region`, or `AWS_REGION_NAME`",
	),
	"bucket-not-found": error(
		"The bucket does not exist",
		"Correct `bucket`, or `BUCKET_NAME`; or create the bucket",
	),
	"clock-skewed": error(
		"The clock of this machine or of the server differs from the storage's by minutes",
		"Set the clock (NTP)",
	),
	"signature-rewritten": error(
		"The server's own calls work, but signed URLs are refused: something in between changes their host, path or query",
		"Let the proxy at `publicEndpoint` pass on Host, path and query as they are",
	),
	"permission-missing": error(
		"The credentials may not do what uploads need",
		"Add the statement that is printed to the role's policy, or run the command that is printed",
	),
	"missing-keys-hidden": warning(
		"The storage answers 403 for a key that holds nothing, so a taken key is found after the upload",
		"Add `s3:ListBucket` to the role's policy, as it is printed",
	),
	"upload-denied": error(
		"A policy refuses an ordinary upload",
		"Change the policy that the storage's message points to",
	),
	"encryption-required": error(
		"A bucket policy refuses an upload without encryption headers",
		'Set `encryption: "aes256"` in the rules, or change the policy',
	),
	"digest-required": error(
		"The bucket refuses a body without a digest, as with Object Lock",
		"Set `capabilities: { checksums: { required: true } }`",
	),
	"signature-age-limited": error(
		"A bucket policy (`s3:signatureAge`) refuses URLs before they expire",
		"Shorten `expiresIn` of the rules, or change the policy",
	),
	"create-only-not-enforced": error(
		"A second upload replaces an object although the rules forbid it",
		"Correct `compatibility` or `capabilities`; then use server-made keys, `overwrite: true` or `staged()`",
	),
	"checksum-not-verified": error(
		"The storage takes a body that differs from its digest, although its preset says otherwise",
		"Correct `compatibility` or `capabilities`",
	),
	"constraint-not-enforced": error(
		"The storage takes a body of another length or type than was signed",
		"Correct `compatibility` or `capabilities`",
	),
	"unsigned-headers-accepted": error(
		"The holder of a URL can add `x-amz-*` headers that nobody signed, and so copy or publish objects",
		"Add the bucket policy of docs/storage.md, and set `unsignedHeaders`",
	),
	"equal-parts-required": error(
		"The storage wants parts of equal size, although its preset says otherwise",
		"Correct `compatibility` or `capabilities`",
	),
	"capabilities-overstated": error(
		"The storage does less than its preset says",
		"Correct `compatibility` or `capabilities`",
	),
	"capabilities-understated": warning(
		"The storage does more than its preset says",
		"Set `capabilities`, for better checks",
	),
	"lifecycle-missing": warning(
		"No lifecycle rule removes the parts of unfinished uploads, which are billed forever",
		"Add the lifecycle rule that is printed",
	),
	"lifecycle-too-short": warning(
		"A lifecycle rule removes parts while an upload can still be resumed",
		"Set `DaysAfterInitiation: 31`",
	),
	"bucket-cors-missing": error(
		"The bucket answers no web page",
		"Add the CORS rule that is printed to the bucket",
	),
	"bucket-cors-origin": error(
		"The bucket's CORS rules do not list the page's origin",
		"Add the origin to `AllowedOrigins`",
	),
	"bucket-cors-method": error(
		"The bucket's CORS rules lack a method",
		"Add it to `AllowedMethods`",
	),
	"bucket-cors-headers": error(
		"The bucket's CORS rules lack a header",
		"Add it to `AllowedHeaders`",
	),
	"etag-not-exposed": warning(
		"Web pages cannot read the ETag, which costs a call per upload",
		'Set `ExposeHeaders: ["ETag"]` in the CORS rule',
	),
};
