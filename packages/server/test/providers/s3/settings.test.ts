import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { S3ProviderOptions } from "../../../src/providers/s3/options.js";
import { s3Provider } from "../../../src/providers/s3/provider.js";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const valid: S3ProviderOptions = { bucket: "my-bucket", region: "eu-west-1", credentials };

beforeEach(() => {
	vi.stubEnv("AWS_REGION", "");
	vi.stubEnv("AWS_DEFAULT_REGION", "");
});
afterEach(() => {
	vi.unstubAllEnvs();
});

/** The problems of the error, one a line. */
function problemsOf(options: object): string[] {
	try {
		s3Provider(options as S3ProviderOptions);
	} catch (error) {
		expect(error).toBeInstanceOf(TypeError);
		return (error as TypeError).message.split("\n- ").slice(1);
	}
	return [];
}

test("All problems are reported together, each with the name of its option", () => {
	expect(
		problemsOf({
			bucket: "-nope-",
			region: "eu west",
			endpoint: "ftp://example.com",
			forcePathStyle: "yes",
			credentials: { accessKeyId: "A" },
			signer: "mine",
			compatibility: "s4",
			capabilities: { createOnly: { single: 1 } },
			accelerate: true,
		}).map((problem) => problem.slice(0, problem.indexOf(":"))),
	).toEqual([
		"region",
		"endpoint",
		"forcePathStyle",
		"credentials",
		"signer",
		"compatibility",
		"accelerate",
		"bucket",
		"capabilities.createOnly.single",
	]);
});

test("A misspelt option is refused rather than ignored, also where every object has such a member", () => {
	expect(problemsOf({ ...valid, forcePathstyle: true })).toEqual([
		"forcePathstyle: there is no such option",
	]);
	expect(problemsOf({ ...valid, toString: 1 })).toEqual(["toString: there is no such option"]);
});

test("An error about options never repeats a secret", () => {
	const secretAccessKey = "wJalrXUtnFEMI";
	const problems = problemsOf({ ...valid, credentials: { accessKeyId: "", secretAccessKey } });
	expect(problems).toHaveLength(1);
	expect(problems.join()).not.toContain(secretAccessKey);
});

test("A missing bucket and a missing region are reported together", () => {
	expect(problemsOf({ bucket: undefined })).toEqual([
		"bucket: is undefined; set BUCKET_NAME, or the environment variable that you read it from",
		"region: is missing; pass it, or set AWS_REGION",
	]);
});

test.each([
	"ab",
	"a..b",
	".ab",
	"ab-",
	"a/b",
	"a b",
	"bücket",
	"x".repeat(256),
	"buck#et",
	"../other",
])("The bucket name %j is refused", (bucket) => {
	expect(problemsOf({ ...valid, bucket }).join()).toMatch(/^bucket: must be 3 to 255/);
});

test.each([
	"arn:aws:s3::123456789012:accesspoint/mfzwi23gnjvgw.mrap",
	"arn:aws:s3:::my-bucket",
	"arn:aws:iam:eu-west-1:123456789012:accesspoint/x",
])("The ARN %s is refused, since nothing here can sign for it", (bucket) => {
	expect(problemsOf({ ...valid, bucket }).join()).toMatch(/^bucket: must be the ARN of an access/);
});

test.each([
	"http://user:pass@example.com",
	"https://example.com/?a=1",
	"https://example.com/#x",
	"example.com",
	"file:///etc",
])("The endpoint %s is refused", (endpoint) => {
	expect(problemsOf({ ...valid, endpoint }).join()).toMatch(/^endpoint: must be a URL/);
});

test.each(["eu-west-1.evil.com", "eu/west", "EU-WEST-1", "-eu", ""])(
	"The region %j is refused, for it becomes a part of the host name",
	(region) => {
		expect(problemsOf({ ...valid, region }).join()).toMatch(/^region: must be a region name/);
	},
);

test("Options that contradict each other are refused", () => {
	const endpoint = "https://s3.example.com";
	expect(problemsOf({ ...valid, endpoint, useDualstackEndpoint: true })).toEqual([
		"useDualstackEndpoint: cannot be combined with an endpoint; drop it, or unset AWS_USE_DUALSTACK_ENDPOINT",
	]);
	expect(problemsOf({ ...valid, useAccelerateEndpoint: true, forcePathStyle: true })).toEqual([
		"useAccelerateEndpoint: cannot be combined with forcePathStyle",
	]);
	expect(problemsOf({ ...valid, compatibility: "ceph" })).toEqual([
		'endpoint: is required with compatibility "ceph"',
	]);
	expect(problemsOf({ ...valid, signer: "skyput", useFipsEndpoint: true }).join()).toMatch(
		/^signer: "skyput" does not support this endpoint/,
	);
});

test.each([
	["https://s3.example.com/my-bucket", "https://s3.example.com"],
	["https://s3.example.com:9000/my-bucket/", "https://s3.example.com:9000"],
	["https://example.com/storage/v1/s3/my-bucket", "https://example.com/storage/v1/s3"],
	["http://127.0.0.1:9000/my-bucket", "http://127.0.0.1:9000"],
	["https://my-bucket.nyc3.example.com", "https://nyc3.example.com"],
	["https://my-bucket.s3.eu-west-1.amazonaws.com", "https://s3.eu-west-1.amazonaws.com"],
	["https://my-bucket.s3.example.com:9000/", "https://s3.example.com:9000"],
])(
	"The endpoint %s, which already contains the bucket, is refused and corrected",
	(endpoint, corrected) => {
		for (const forcePathStyle of [undefined, true, false]) {
			expect(problemsOf({ ...valid, endpoint, forcePathStyle })).toEqual([
				`endpoint: already contains the bucket "my-bucket", so files would be stored below a folder of that name; use "${corrected}"`,
			]);
		}
		expect(problemsOf({ ...valid, endpoint: corrected })).toEqual([]);
	},
);

test.each([
	// a service of one's own, named like its bucket
	["media", "https://media.example.com"],
	["minio", "http://minio:9000"],
	["storage", "https://example.com/storage/v1/s3"],
	["127", "http://127.0.0.1:9000"],
	["bucket", "https://s3.example.com/my-bucket"],
	["bucket", "https://bucket2.s3.example.com"],
])("The bucket %s at %s is not taken for one in the endpoint", (bucket, endpoint) => {
	expect(problemsOf({ ...valid, bucket, endpoint })).toEqual([]);
});

test("A correction that is undefined leaves the capability as it is", () => {
	const correct = { single: { maxSize: undefined }, checksums: undefined };
	expect(s3Provider({ ...valid, capabilities: correct }).capabilities).toEqual(
		s3Provider(valid).capabilities,
	);
});

test("A wrong correction of capabilities is refused by its place", () => {
	expect(
		problemsOf({
			...valid,
			capabilities: {
				multipart: { maxPart: 5, maxParts: "1000" },
				checksums: { object: "crc32" },
				createonly: {},
				conditionalDelete: {},
				single: 5,
			},
		}),
	).toEqual([
		"capabilities.multipart.maxPart: there is no such capability",
		"capabilities.multipart.maxParts: must be a number",
		"capabilities.checksums.object: must be a list",
		"capabilities.createonly: there is no such capability",
		"capabilities.conditionalDelete: must be true or false",
		"capabilities.single: must be an object",
	]);
});

test("A correction changes its entry and leaves the others as the service has them", () => {
	const { capabilities } = s3Provider({
		...valid,
		endpoint: "https://s3.example.com",
		compatibility: "ceph",
		capabilities: { createOnly: { multipart: "at-complete" }, checksums: { object: ["crc32"] } },
	});
	expect(capabilities.createOnly).toEqual({ single: "enforced", multipart: "at-complete" });
	expect(capabilities.checksums).toEqual({
		single: ["md5"],
		part: ["md5"],
		object: ["crc32"],
		reported: [],
		required: false,
	});
	expect(s3Provider({ ...valid, capabilities: { multipart: false } }).capabilities.multipart).toBe(
		false,
	);
});

test("An endpoint of an unknown service promises neither create-only nor checksums", () => {
	const { createOnly, checksums } = s3Provider({
		...valid,
		endpoint: "https://s3.example.com",
	}).capabilities;
	expect(createOnly).toEqual({ single: "none", multipart: "none" });
	expect(checksums).toEqual({ single: [], part: [], object: [], reported: [], required: false });
});

test("Required digests need some that the service verifies", () => {
	const options = { bucket: "uploads", endpoint: "https://s3.example.com" };
	const required = { checksums: { required: true } };
	expect(() => s3Provider({ ...options, capabilities: required })).toThrow(
		/checksums\.required: needs digests that the storage verifies/,
	);
	expect(() =>
		s3Provider({ ...options, compatibility: "ceph", capabilities: required }),
	).not.toThrow();
});

test("The known services differ from AWS where they were seen to", () => {
	const endpoint = "https://s3.example.com";
	const of = (compatibility: "b2" | "ceph" | "r2" | "scaleway") =>
		s3Provider({ ...valid, endpoint, compatibility }).capabilities;
	expect(of("ceph").createOnly).toEqual({ single: "enforced", multipart: "none" });
	expect(of("b2").createOnly.single).toBe("none");
	expect(of("r2").multipart).toMatchObject({ equalParts: true, maxParts: 10_000 });
	// no other service was shown to commit a digest of the whole whose parts carry none
	for (const name of ["b2", "ceph", "r2", "scaleway"] as const) {
		expect(of(name).checksums.object).toEqual([]);
	}
	expect(of("r2").checksums.single).toEqual(["crc64nvme", "md5"]);
	expect(of("scaleway").multipart).toMatchObject({ maxParts: 1_000 });
});

test("An AWS host given as the endpoint has no region by default", () => {
	const endpoint = "https://s3.eu-west-1.amazonaws.com";
	expect(problemsOf({ bucket: "my-bucket", credentials, endpoint })).toEqual([
		"region: is missing; pass it, or set AWS_REGION",
	]);
});

test.each([
	[{ bucket: "my.bucket", useAccelerateEndpoint: true }, /one host label; "my\.bucket" has a dot/],
	[{ useAccelerateEndpoint: true, useFipsEndpoint: true }, /^useAccelerateEndpoint: .*no FIPS/],
	[{ useAccelerateEndpoint: true, region: "cn-north-1" }, /^useAccelerateEndpoint: .*China/],
	[{ useFipsEndpoint: true, region: "cn-northwest-1" }, /^useFipsEndpoint: .*China/],
	[
		{ useAccelerateEndpoint: true, endpoint: "https://s3.example.com" },
		/^useAccelerateEndpoint: cannot be combined with an endpoint/,
	],
	[
		{ forcePathStyle: true, endpoint: "https://oss-cn-hangzhou.aliyuncs.com" },
		/^forcePathStyle: this service refuses/,
	],
	[
		{ endpoint: "http://10.0.0.1:9000", publicEndpoint: "https://my-bucket.nyc3.example.com" },
		/^publicEndpoint: already contains the bucket "my-bucket"/,
	],
	[
		{ endpoint: "http://10.0.0.1:9000", publicEndpoint: "cdn.example.com" },
		/^publicEndpoint: must/,
	],
])("The impossible host options %j are refused with the reason", (options, reason) => {
	const problems = problemsOf({ ...valid, ...options });
	expect(problems).toHaveLength(1);
	expect(problems[0]).toMatch(reason);
});

test("A variable that contradicts an option is named", () => {
	vi.stubEnv("AWS_USE_FIPS_ENDPOINT", "true");
	const endpoint = "https://s3.example.com";
	expect(problemsOf({ ...valid, endpoint })).toEqual([
		"useFipsEndpoint: cannot be combined with an endpoint; drop it, or unset AWS_USE_FIPS_ENDPOINT",
	]);
	expect(problemsOf({ ...valid, endpoint, useFipsEndpoint: false })).toEqual([]);
});

test("Names of the bucket must be URLs that can be signed for", () => {
	expect(problemsOf({ ...valid, hosts: ["s3.example.com"] })[0]).toMatch(/^hosts: must be "all"/);
	expect(problemsOf({ ...valid, hosts: "all", endpoint: "https://s3.example.com" })[0]).toMatch(
		/^hosts: only the names of AWS are known/,
	);
	for (const options of [{ signer: "aws-sdk" }, { useAccelerateEndpoint: true }]) {
		expect(problemsOf({ ...valid, ...options, hosts: "all" })[0]).toMatch(/^hosts: the AWS SDK/);
	}
});
