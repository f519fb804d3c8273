/** What a finding means, for the report and for docs/doctor.md. */
export interface FindingKind {
	/** `error`: uploads fail, or what the rules promise does not hold. `warning`: they work, with a loss. */
	readonly severity: "error" | "warning";
	/** What is wrong, without the values of one case. */
	readonly title: string;
	/** What to do, as an instruction. */
	readonly fix: string;
}

const error = (title: string, fix: string): FindingKind => ({
	severity: "error",
	title,
	fix,
});
const warning = (title: string, fix: string): FindingKind => ({
	severity: "warning",
	title,
	fix,
});

/** Findings about the settings of the server, before anything is sent. */
const settings = {
	"token-secret-missing": error(
		"The handler has no token secret, so it serves plain URLs only",
		"Set `tokenSecret`, or `UPLOAD_TOKEN_SECRET`, to the output of `openssl rand -base64 32`",
	),
	"token-secret-short": error(
		"The token secret has fewer than 32 bytes",
		"Set `tokenSecret`, or `UPLOAD_TOKEN_SECRET`, to the output of `openssl rand -base64 32`",
	),
	"storage-options-invalid": error(
		"The options of the storage contradict each other or have a wrong form",
		"Correct the option that the message names",
	),
	"rules-unsupported": error(
		"A rule needs something that the storage is not known to support, so the handler does not start",
		"Change the rule, the storage's `compatibility` (here `--compatibility`) or its `capabilities`",
	),
};

/** Findings about the bucket. */
const storage = {
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

/** Findings about the upload handler. */
const endpoint = {
	"endpoint-unreachable": error(
		"No answer from the endpoint",
		"Check the URL: host, port, certificate",
	),
	"endpoint-redirects": error(
		"The endpoint redirects, which browsers do not follow",
		"Set `endpoint` to the final URL (trailing slash, https), or exempt the call from the login",
	),
	"endpoint-html": error(
		"A web page answers instead of the handler",
		"Correct the route: a single-page app's fallback or a login page is in front",
	),
	"endpoint-not-found": error("Nothing is mounted at the path", "Correct `endpoint`, or the route"),
	"endpoint-refused": error(
		"A gateway refuses the call before the handler sees it",
		"Change the authorizer, or the credentials given with `--header`",
	),
	"endpoint-failing": error(
		"The gateway answers that the handler fails, often because it throws when it starts",
		"Look into the function's log",
	),
	"endpoint-foreign": error("Something other than an upload handler answers", "Correct `endpoint`"),
	"operation-not-mounted": error(
		"The route of an operation does not lead to the handler",
		"Route everything below the base path to the handler: GET, POST and OPTIONS",
	),
	"preflight-refused": error(
		"The gateway refuses the browser's preflight",
		"Route OPTIONS to the handler, without an authorizer",
	),
	"handler-cors-missing": error(
		"The handler answers no web page",
		"Set `cors: { origins: [...] }`",
	),
	"handler-cors-origin": error(
		"The handler does not list the page's origin",
		"Add it to `cors.origins`, or `ALLOWED_ORIGINS`",
	),
	"handler-cors-headers": error(
		"The handler does not allow a request header",
		"Add it to `cors.headers`, or `ALLOWED_HEADERS`",
	),
	"handler-cors-twice": error(
		"Both gateway and handler add CORS headers, which browsers refuse",
		"Remove the gateway's CORS settings",
	),
	"body-limit": error(
		"Something in front refuses bodies that the contract allows",
		"Raise the body limit of the proxy, firewall or body parser to at least 64 kB",
	),
	"body-consumed": error(
		"A body parser reads the body before the handler",
		"Mount the handler before the parser",
	),
	"answers-cached": warning(
		"A cache in front may keep answers, which hold signed URLs",
		"Let the cache respect `Cache-Control: no-store`",
	),
	unauthenticated: error(
		"The handler does not know the caller",
		"Check `principal`, the authorizer, and `--header`",
	),
	"key-refused": error(
		"No rule allows the key that was tried",
		"Choose another `--key`, or change the rule",
	),
	"handler-error": error("The handler failed", "Look up the request id in its log"),
	"storage-refused": error(
		"The handler cannot work with its storage",
		"Correct the role, the region or the clock of the server, as the message says",
	),
	"mixed-content": error(
		"Pages over https get an http URL, which browsers block",
		"Use https in the storage's `endpoint` or `publicEndpoint`, and in the handler's URL",
	),
	"plan-invalid": error(
		"The answer is not a plan of the contract",
		"Use the same version of both packages",
	),
	"operation-failed": error("An operation of the contract fails", "Do what the message says"),
};

/** Findings about pages. */
const pages = {
	"page-policy": error(
		"A page's Content-Security-Policy forbids connections to the handler, or to a host name of the storage",
		"Add the `connect-src` that is printed to the page's policy",
	),
};

/** Every finding. */
export const findingTable = { ...settings, ...storage, ...endpoint, ...pages } satisfies Readonly<
	Record<string, FindingKind>
>;
