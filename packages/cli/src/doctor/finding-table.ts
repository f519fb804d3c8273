/** What a finding means, for the report and for docs/doctor.md. */
export interface FindingKind {
	/** `error`: uploads fail, or what the rules promise does not hold. `warning`: they work, with a loss. */
	readonly severity: "error" | "warning";
	/** What is wrong, without the values of one case. */
	readonly title: string;
	/** What to change. */
	readonly change: string;
}

const error = (title: string, change: string): FindingKind => ({
	severity: "error",
	title,
	change,
});
const warning = (title: string, change: string): FindingKind => ({
	severity: "warning",
	title,
	change,
});

/** Findings about the settings of the server, before anything is sent. */
const settings = {
	"token-secret-missing": error(
		"The handler has no token secret, so it serves plain URLs only",
		"`tokenSecret`, or `UPLOAD_TOKEN_SECRET`, from `openssl rand -base64 32`",
	),
	"token-secret-short": error(
		"The token secret has fewer than 32 bytes",
		"`tokenSecret`, or `UPLOAD_TOKEN_SECRET`, from `openssl rand -base64 32`",
	),
	"storage-options-invalid": error(
		"The options of the storage contradict each other or have a wrong form",
		"The option that the message names",
	),
	"rules-unsupported": error(
		"A rule needs what the storage is not known to do, so the handler does not start",
		"The rule, the storage's `compatibility` (here `--compatibility`) or its `capabilities`",
	),
};

/** Findings about the bucket. */
const storage = {
	"storage-unreachable": error(
		"No answer from the storage",
		"The endpoint: host, port, firewall, VPC",
	),
	"storage-foreign": error(
		"Something else than a storage answers at its address",
		"The endpoint, or the proxy in front of it",
	),
	"credentials-missing": error(
		"No credentials were found",
		"`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, a profile, or the role",
	),
	"credentials-refused": error(
		"The storage does not know the access key, or the secret does not fit it",
		"The credentials",
	),
	"region-wrong": error("The bucket is in another region", "`region`, or `AWS_REGION_NAME`"),
	"bucket-not-found": error(
		"The bucket does not exist",
		"`bucket`, or `BUCKET_NAME`; or create it",
	),
	"clock-skewed": error(
		"The clock of this machine or of the server differs from the storage's by minutes",
		"The clock (NTP)",
	),
	"signature-rewritten": error(
		"The server's own calls work, but signed URLs are refused: something in between changes their host, path or query",
		"The proxy at `publicEndpoint`: it must pass on Host, path and query as they are",
	),
	"permission-missing": error(
		"The credentials may not do what uploads need",
		"The role policy: the statement, or the command, that is printed",
	),
	"missing-keys-hidden": warning(
		"The storage answers 403 for a key that holds nothing, so a taken key is found after the upload",
		"The role policy: `s3:ListBucket`, as it is printed",
	),
	"upload-denied": error(
		"A policy refuses an ordinary upload",
		"The policy that the storage's message points to",
	),
	"encryption-required": error(
		"A bucket policy refuses an upload without encryption headers",
		'`encryption: "aes256"` in the rules, or the policy',
	),
	"digest-required": error(
		"The bucket refuses a body without a digest, as with Object Lock",
		"`capabilities: { checksums: { required: true } }`",
	),
	"signature-age-limited": error(
		"A bucket policy (`s3:signatureAge`) refuses URLs before they expire",
		"`expiresIn` of the rules, or the policy",
	),
	"create-only-not-enforced": error(
		"A second upload replaces an object although the rules forbid it",
		"`compatibility` or `capabilities`; then server-made keys, `overwrite: true` or `staged()`",
	),
	"checksum-not-verified": error(
		"The storage takes a body that differs from its digest, although its preset says otherwise",
		"`compatibility` or `capabilities`",
	),
	"constraint-not-enforced": error(
		"The storage takes a body of another length or type than was signed",
		"`compatibility` or `capabilities`",
	),
	"unsigned-headers-accepted": error(
		"The holder of a URL can add `x-amz-*` headers that nobody signed, and so copy or publish objects",
		"The bucket policy of docs/storage.md, and `unsignedHeaders`",
	),
	"equal-parts-required": error(
		"The storage wants parts of equal size, although its preset says otherwise",
		"`compatibility` or `capabilities`",
	),
	"capabilities-overstated": error(
		"The storage does less than its preset says",
		"`compatibility` or `capabilities`",
	),
	"capabilities-understated": warning(
		"The storage does more than its preset says",
		"`capabilities`, for better checks",
	),
	"lifecycle-missing": warning(
		"No lifecycle rule removes the parts of unfinished uploads, which are billed for ever",
		"The lifecycle rule that is printed",
	),
	"lifecycle-too-short": warning(
		"A lifecycle rule removes parts while an upload can still be resumed",
		"`DaysAfterInitiation: 31`",
	),
	"bucket-cors-missing": error(
		"The bucket answers no web page",
		"The bucket's CORS rule that is printed",
	),
	"bucket-cors-origin": error(
		"The bucket's CORS rules do not list the page's origin",
		"`AllowedOrigins`",
	),
	"bucket-cors-method": error("The bucket's CORS rules lack a method", "`AllowedMethods`"),
	"bucket-cors-headers": error("The bucket's CORS rules lack a header", "`AllowedHeaders`"),
	"etag-not-exposed": warning(
		"Web pages cannot read the ETag, which costs a call per upload",
		'`ExposeHeaders: ["ETag"]`',
	),
};

/** Findings about the upload handler. */
const endpoint = {
	"endpoint-unreachable": error("No answer from the endpoint", "The URL: host, port, certificate"),
	"endpoint-redirects": error(
		"The endpoint redirects, which browsers do not follow",
		"`endpoint`: the final URL (trailing slash, https), or the login that catches the call",
	),
	"endpoint-html": error(
		"A web page answers instead of the handler",
		"The route: a single-page app's fallback or a login page is in front",
	),
	"endpoint-not-found": error("Nothing is mounted at the path", "`endpoint`, or the route"),
	"endpoint-refused": error(
		"A gateway refuses the call before the handler sees it",
		"The authorizer, or the credentials given with `--header`",
	),
	"endpoint-failing": error(
		"The gateway answers that the handler fails, often because it throws when it starts",
		"What the function's log says",
	),
	"endpoint-foreign": error("Something else than an upload handler answers", "`endpoint`"),
	"operation-not-mounted": error(
		"The route of an operation does not lead to the handler",
		"The route: everything below the base path, GET, POST and OPTIONS",
	),
	"preflight-refused": error(
		"The gateway refuses the browser's preflight",
		"OPTIONS without an authorizer, routed to the handler",
	),
	"handler-cors-missing": error("The handler answers no web page", "`cors: { origins: [...] }`"),
	"handler-cors-origin": error(
		"The handler does not list the page's origin",
		"`cors.origins`, or `ALLOWED_ORIGINS`",
	),
	"handler-cors-headers": error(
		"The handler does not allow a request header",
		"`cors.headers`, or `ALLOWED_HEADERS`",
	),
	"handler-cors-twice": error(
		"Both gateway and handler add CORS headers, which browsers refuse",
		"The gateway's CORS settings: remove them",
	),
	"body-limit": error(
		"Something in front refuses bodies that the contract allows",
		"The body limit of the proxy, firewall or body parser: at least 64 kB",
	),
	"body-consumed": error(
		"A body parser reads the body before the handler",
		"The order: mount the handler before the parser",
	),
	"answers-cached": warning(
		"A cache in front may keep answers, which hold signed URLs",
		"The cache: respect `Cache-Control: no-store`",
	),
	unauthenticated: error(
		"The handler does not know the caller",
		"`principal`, the authorizer, or `--header`",
	),
	"key-refused": error("No rule allows the key that was tried", "`--key`, or the rule"),
	"handler-error": error("The handler failed", "What its log says about the request id"),
	"storage-refused": error(
		"The handler cannot work with its storage",
		"The role, the region or the clock of the server, as the message says",
	),
	"mixed-content": error(
		"Pages over https get an http URL, which browsers block",
		"The storage's `endpoint` or `publicEndpoint`, or the handler's URL: https",
	),
	"plan-invalid": error(
		"The answer is not a plan of the contract",
		"The versions of both packages",
	),
	"operation-failed": error("An operation of the contract fails", "What the message says"),
};

/** Findings about pages. */
const pages = {
	"page-policy": error(
		"A page's Content-Security-Policy forbids to connect to the handler, or to a name of the storage",
		"The page's policy: the `connect-src` that is printed",
	),
};

/** Every finding. */
export const findingTable = { ...settings, ...storage, ...endpoint, ...pages } satisfies Readonly<
	Record<string, FindingKind>
>;
