import { type CORSRule, PutBucketCorsCommand, S3Client } from "@aws-sdk/client-s3";
import { defineUploads } from "@skyput/server";
import type { S3ProviderOptions } from "@skyput/server/s3";
import { type S3ServerOptions, startS3Server } from "@skyput/testing";
import { expect, onTestFinished, test } from "vitest";
import { checkStorage, type StorageSubject } from "../../src/doctor/storage/check-storage.js";
import { type Front, type FrontRequest, s3Error, startFront } from "../start-front.js";

// Deliberately broken buckets: each is named by its finding, and a right one has none.

const origin = "https://app.example.com";
const lifecycle = (days: number): string =>
	`<LifecycleConfiguration><Rule><ID>a</ID><Filter><Prefix></Prefix></Filter><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>${days}</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>`;
const isLifecycle = ({ url }: FrontRequest): boolean => url.includes("?lifecycle");
const isPut = ({ method, headers }: FrontRequest): boolean =>
	method === "PUT" && headers["x-amz-copy-source"] === undefined;

interface Setup {
	readonly server?: S3ServerOptions;
	readonly front?: Front;
	readonly options?: Partial<S3ProviderOptions>;
	readonly subject?: Partial<StorageSubject>;
	/** The bucket's rules instead of those that allow everything; null: none. */
	readonly cors?: readonly CORSRule[];
	readonly days?: number | null;
}

/** What the doctor says of a bucket with a lifecycle rule of 31 days, where nothing else is broken. */
async function examine({ server, front, options, subject, cors, days = 31 }: Setup) {
	const storage = await startS3Server(server);
	onTestFinished(storage.close);
	const { bucket, region, accessKeyId, secretAccessKey } = storage;
	const credentials = { accessKeyId, secretAccessKey };
	if (cors) {
		const { endpoint } = storage;
		const s3 = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
		const CORSConfiguration = { CORSRules: [...cors] };
		await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration }));
		s3.destroy();
	}
	const endpoint = await startFront(storage.endpoint, {
		...front,
		before(request) {
			const instead = front?.before?.(request);
			if (instead || !isLifecycle(request)) return instead;
			return days === null
				? s3Error(404, "NoSuchLifecycleConfiguration", "none")
				: { status: 200, headers: { "content-type": "application/xml" }, body: lifecycle(days) };
		},
	});
	const compatibility = server?.compatibility === undefined ? "aws" : server.compatibility;
	return checkStorage({
		origins: [origin],
		...subject,
		options: {
			bucket,
			region,
			endpoint,
			credentials,
			forcePathStyle: true,
			compatibility: compatibility as "aws",
			...options,
		},
	});
}

const namesOf = ({ findings }: Awaited<ReturnType<typeof examine>>): string[] =>
	findings.map(({ code }) => code);

test("a right bucket has no findings, and nothing is left in it", async () => {
	const section = await examine({});
	expect(section).toMatchObject({ findings: [], skipped: [], left: [] });
});

test("a bucket with Object Lock whose provider says so has no findings", async () => {
	const capabilities = { checksums: { required: true } };
	const { findings } = await examine({ server: { objectLock: true }, options: { capabilities } });
	expect(findings).toEqual([]);
});

const forbid = (matches: (request: FrontRequest) => boolean): Front => ({
	before: (request) =>
		matches(request) ? s3Error(403, "AccessDenied", "Access Denied") : undefined,
});

test("lifecycle rules that cannot be read are told, with the action only where it is denied", async () => {
	const denied = await examine({ front: forbid(isLifecycle) });
	expect(denied).toMatchObject({
		findings: [],
		skipped: [expect.stringMatching(/AccessDenied.*s3:GetLifecycleConfiguration/)],
		left: [],
	});
	const before = (request: FrontRequest) =>
		isLifecycle(request) ? s3Error(501, "NotImplemented", "none") : undefined;
	const { skipped } = await examine({ front: { before } });
	expect(skipped).toEqual(["the lifecycle rules could not be read (NotImplemented)"]);
});

test.each([
	[
		"s3:PutObjectTagging",
		{ tags: { team: "media" } },
		({ headers }: FrontRequest) => headers["x-amz-tagging"] !== undefined,
	],
	[
		"s3:PutObjectAcl",
		{ acl: "bucket-owner-full-control" },
		({ headers }: FrontRequest) => headers["x-amz-acl"] !== undefined,
	],
	[
		"s3:DeleteObject",
		{ authorizeDelete: () => true },
		({ method, url }: FrontRequest) => method === "DELETE" && !url.includes("uploadId="),
	],
] as const)(
	"a role without %s, which a rule needs, is named with the statement to add",
	async (action, option, isForbidden) => {
		const uploads = defineUploads({ "files/:name": { authorize: "public", ...option } });
		const { findings } = await examine({ front: forbid(isForbidden), subject: { uploads } });
		expect(findings).toEqual([
			expect.objectContaining({
				code: "permission-missing",
				message: expect.stringMatching(`^${action} is denied`),
				fix: expect.stringContaining(
					`"Action":"${action}","Resource":["arn:aws:s3:::skyput/files/*"]`,
				),
			}),
		]);
	},
);

test("a connection that ends while the storage is tried is told as a check that was left out", async () => {
	const isTrial = ({ method, headers }: FrontRequest): boolean =>
		method === "PUT" && headers["user-agent"] === "node";
	let trials = 0;
	const before = (request: FrontRequest) =>
		isTrial(request) && ++trials > 1 ? ("reset" as const) : undefined;
	const section = await examine({ front: { before } });
	expect(trials).toBeGreaterThan(1);
	expect(section).toMatchObject({
		findings: [],
		skipped: [expect.stringMatching(/connection to 127\.0\.0\.1:\d+ failed/)],
		left: [],
	});
});

const rule = (change: Partial<CORSRule>): CORSRule => ({
	AllowedOrigins: [origin],
	AllowedMethods: ["PUT", "GET"],
	AllowedHeaders: ["*"],
	ExposeHeaders: ["ETag"],
	...change,
});

const broken: readonly (readonly [finding: string, setup: Setup])[] = [
	["storage-options-invalid", { options: { bucket: "Not a bucket/" } }],
	["storage-unreachable", { options: { endpoint: "http://127.0.0.1:9" } }],
	["bucket-not-found", { options: { bucket: "another-bucket" } }],
	["region-wrong", { options: { region: "eu-west-3" } }],
	[
		"credentials-refused",
		{ options: { credentials: { accessKeyId: "SKYPUTLOCALSTORAGE00", secretAccessKey: "wrong" } } },
	],
	[
		"storage-foreign",
		{
			front: {
				before: (r) =>
					isPut(r)
						? { status: 200, headers: { "content-type": "text/html" }, body: "<h1>Log in</h1>" }
						: undefined,
			},
		},
	],
	[
		"permission-missing",
		{ front: forbid(({ url, method }) => method === "GET" && url.includes("uploadId=")) },
	],
	[
		"permission-missing",
		{ front: forbid(({ method, url }) => method === "DELETE" && url.includes("uploadId=")) },
	],
	["permission-missing", { front: forbid(({ method }) => method === "HEAD") }],
	["permission-missing", { front: forbid(isPut) }],
	[
		"missing-keys-hidden",
		{
			front: {
				after: ({ method }, reply) =>
					method === "HEAD" && reply.status === 404 ? { ...reply, status: 403 } : reply,
			},
		},
	],
	[
		"encryption-required",
		{
			front: forbid(
				(r) =>
					r.method === "PUT" &&
					!r.url.includes("uploadId") &&
					r.headers["x-amz-server-side-encryption"] === undefined,
			),
		},
	],
	["digest-required", { server: { objectLock: true } }],
	["bucket-cors-missing", { cors: [rule({ AllowedOrigins: ["https://other.test"] })] }],
	["bucket-cors-origin", { cors: [rule({ AllowedOrigins: ["https://example.com"] })] }],
	["bucket-cors-method", { cors: [rule({ AllowedMethods: ["GET"] })] }],
	["bucket-cors-headers", { cors: [rule({ AllowedHeaders: ["content-type"] })] }],
	["etag-not-exposed", { cors: [rule({ ExposeHeaders: [] })] }],
	["lifecycle-missing", { days: null }],
	["lifecycle-too-short", { days: 1 }],
	[
		"create-only-not-enforced",
		{ server: { compatibility: "b2" }, options: { compatibility: "aws" } },
	],
	[
		"checksum-not-verified",
		{
			server: { compatibility: "ceph" },
			options: { compatibility: "minio", unsignedHeaders: "accepted" },
		},
	],
	[
		"credentials-missing",
		{ options: { credentials: async () => Promise.reject(new Error("no role")) } },
	],
	[
		"clock-skewed",
		{
			front: {
				after: (_, reply) => ({
					...reply,
					headers: { ...reply.headers, date: new Date(Date.now() + 600_000).toUTCString() },
				}),
			},
		},
	],
	[
		"clock-skewed",
		{
			front: {
				before: () => ({
					...s3Error(403, "RequestTimeTooSkewed", "The difference is too large"),
					headers: {
						"content-type": "application/xml",
						date: new Date(Date.now() - 1_200_000).toUTCString(),
					},
				}),
			},
		},
	],
	[
		"signature-rewritten",
		{
			front: {
				forward: (r) =>
					r.method === "PUT" ? { ...r, headers: { ...r.headers, host: "internal" } } : r,
			},
		},
	],
	["unsigned-headers-accepted", { server: { compatibility: "ceph" } }],
	[
		"unsigned-headers-accepted",
		{ server: { compatibility: "ceph" }, options: { unsignedHeaders: "denied-by-policy" } },
	],
	[
		"capabilities-overstated",
		{
			front: {
				// copies a source that has changed
				before: ({ headers }) =>
					String(headers["x-amz-copy-source-if-match"]).includes("000000")
						? { status: 200, body: "<CopyObjectResult><ETag>a</ETag></CopyObjectResult>" }
						: undefined,
			},
		},
	],
	[
		"constraint-not-enforced",
		{
			front: {
				// takes as much of a longer body as was signed
				forward: (r) => (r.body.includes(" and more") ? { ...r, body: Buffer.from("body") } : r),
			},
		},
	],
	["equal-parts-required", { server: { compatibility: "r2" }, options: { compatibility: "aws" } }],
	[
		"capabilities-understated",
		{ options: { compatibility: "unknown", unsignedHeaders: "accepted" } },
	],
	[
		"signature-age-limited",
		{
			front: forbid(({ url }) => {
				const date = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(url);
				const [, ...parts] = (date ?? []).map(Number);
				const [year = 0, month = 1, ...rest] = parts;
				return date !== null && Date.now() - Date.UTC(year, month - 1, ...rest) > 60_000;
			}),
		},
	],
	[
		"rules-unsupported",
		{
			server: { compatibility: "ceph" },
			subject: { uploads: defineUploads({ "a/*n": { authorize: "public", maxSize: "1 GB" } }) },
		},
	],
];

test("credentials that the SDK does not find are told with where it looked", async () => {
	const error = Object.assign(new Error("none"), { name: "CredentialsProviderError" });
	const { findings } = await examine({ options: { credentials: () => Promise.reject(error) } });
	expect(findings).toEqual([
		expect.objectContaining({
			code: "credentials-missing",
			message: expect.stringContaining("in the environment, a profile, or a role"),
		}),
	]);
});

test.each(broken)("%s: %#", async (code, setup) => {
	const section = await examine(setup);
	const names = new Set(namesOf(section));
	expect(names).toContain(code);
	// what a service of another kind does not do may be more than one thing
	if (setup.server?.compatibility === undefined) expect([...names]).toEqual([code]);
	for (const { message, fix } of section.findings) {
		expect(message).not.toMatch(/X-Amz-(Signature|Credential)/);
		expect(fix).not.toBe("");
	}
});
