import { parse as parseHcl } from "@cdktn/hcl2json";
import { defineUploads } from "@skyput/server";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { policyDocuments } from "../../src/policy/documents.js";
import { cdk } from "../../src/policy/formats/cdk.js";
import { cloudformation } from "../../src/policy/formats/cloudformation.js";
import type { DocumentName, Given } from "../../src/policy/formats/format.js";
import { json } from "../../src/policy/formats/json.js";
import { sst } from "../../src/policy/formats/sst.js";
import { terraform } from "../../src/policy/formats/terraform.js";
import { server } from "./documents.js";

const names: readonly DocumentName[] = [
	"role",
	"processor-role",
	"bucket",
	"cors",
	"lifecycle",
	"notifications",
];

/** A table that needs everything, with what formats escape in its patterns. */
const uploads = defineUploads({
	'what?/${a}/"%{b}`/:userId/*path': {
		tags: { a: "b" },
		authorizeRead: "public",
		encryption: { kmsKeyId: "alias/uploads" },
		quarantine: true,
	},
	'gated?/${a}/"%{b}`/*path': {},
});
const documents = policyDocuments(uploads, {
	...server,
	signer: "arn:aws:iam::1:role/signer",
	readGate: true,
});

const arn = "arn:aws:s3:::my-bucket";
const given = {
	bucketName: "my-bucket",
	origins: ["https://app.example.com"],
	readers: ["arn:aws:iam::1:role/a"],
	processor: "arn:aws:lambda:eu-west-1:1:function:process",
};
/** What a template asks for. */
const open: Given = {
	bucketName: undefined,
	origins: undefined,
	readers: undefined,
	processor: undefined,
};
const expected = JSON.parse(json(documents, names, given));

/** CloudFormation's short functions, with the values of `given`. */
const customTags = [
	{ tag: "!Ref", resolve: (name: string) => (name === "Bucket" ? "my-bucket" : `Ref ${name}`) },
	{ tag: "!GetAtt", resolve: () => arn },
	{
		tag: "!Sub",
		resolve: (text: string) => text.replace(/\$\{Bucket\.Arn\}/, arn).replaceAll("${!", "${"),
	},
];

test("CloudFormation has the same policies, rules and events as JSON", () => {
	const { Resources } = parse(cloudformation(documents, names, given), { customTags });
	const { Bucket, BucketPolicy, UploadsPolicy, ProcessorPolicy, QuarantineRule } = Resources;
	expect(UploadsPolicy.Properties.PolicyDocument).toEqual(expected.role);
	expect(ProcessorPolicy.Properties.PolicyDocument).toEqual(expected["processor-role"]);
	expect(BucketPolicy.Properties).toEqual({
		Bucket: "my-bucket",
		PolicyDocument: expected.bucket,
	});
	const { ExposeHeaders, MaxAgeSeconds, ...rule } = expected.cors.CORSRules[0];
	expect(Bucket.Properties).toEqual({
		CorsConfiguration: {
			CorsRules: [{ ...rule, ExposedHeaders: ExposeHeaders, MaxAge: MaxAgeSeconds }],
		},
		LifecycleConfiguration: {
			Rules: [
				{
					Id: "unfinished uploads",
					Status: "Enabled",
					AbortIncompleteMultipartUpload: { DaysAfterInitiation: 31 },
				},
				{
					Id: "unprocessed uploads",
					Status: "Enabled",
					Prefix: ".skyput/",
					ExpirationInDays: 31,
					NoncurrentVersionExpiration: { NoncurrentDays: 31 },
				},
			],
		},
		NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
	});
	expect(QuarantineRule.Properties).toMatchObject({
		EventPattern: expected.notifications.EventPattern,
		Targets: [{ Id: "processor", Arn: given.processor }],
	});
});

test("CloudFormation asks by parameters for what was not given", () => {
	const { Parameters, Resources } = parse(cloudformation(documents, names, open), { customTags });
	expect(Object.keys(Parameters).toSorted()).toEqual(["Origins", "Processor", "Readers"]);
	const [rule] = Resources.Bucket.Properties.CorsConfiguration.CorsRules;
	expect(rule.AllowedOrigins).toBe("Ref Origins");
});

/** The resources of a Terraform file, by type and name; policies as objects. */
async function readTerraform(text: string) {
	// the parser keeps function calls as text
	const plain = text.replaceAll("jsonencode({", "{").replaceAll("})", "}");
	const found = JSON.stringify(await parseHcl("policy.tf", plain));
	return JSON.parse(
		found
			.replaceAll(/\$\{aws_s3_bucket\.uploads\.arn\}/g, arn)
			.replaceAll(/\$\{aws_s3_bucket\.uploads\.id\}/g, "my-bucket")
			.replaceAll("$${", "${")
			.replaceAll("%%{", "%{"),
	);
}

test("Terraform has the same policies, rules and events as JSON", async () => {
	const { resource } = await readTerraform(terraform(documents, names, given));
	expect(resource.aws_iam_policy.uploads[0].policy).toEqual(expected.role);
	expect(resource.aws_iam_policy.processor[0].policy).toEqual(expected["processor-role"]);
	expect(resource.aws_s3_bucket_policy.uploads).toEqual([
		{ bucket: "my-bucket", policy: expected.bucket },
	]);
	const [cors] = expected.cors.CORSRules;
	expect(resource.aws_s3_bucket_cors_configuration.uploads[0].cors_rule).toEqual([
		{
			allowed_origins: cors.AllowedOrigins,
			allowed_methods: cors.AllowedMethods,
			allowed_headers: cors.AllowedHeaders,
			expose_headers: cors.ExposeHeaders,
			max_age_seconds: cors.MaxAgeSeconds,
		},
	]);
	expect(resource.aws_s3_bucket_lifecycle_configuration.uploads[0].rule).toMatchObject([
		{
			filter: [{ prefix: "" }],
			abort_incomplete_multipart_upload: [{ days_after_initiation: 31 }],
		},
		{ filter: [{ prefix: ".skyput/" }], expiration: [{ days: 31 }] },
	]);
	expect(resource.aws_cloudwatch_event_rule.quarantine[0].event_pattern).toEqual(
		expected.notifications.EventPattern,
	);
});

test("Terraform asks by variables for what was not given, and for nothing else", async () => {
	const all = await readTerraform(terraform(documents, names, open));
	expect(Object.keys(all.variable).toSorted()).toEqual(["origins", "processor", "readers"]);
	expect(await readTerraform(terraform(documents, names, given))).not.toHaveProperty("variable");
});

/** Runs the module that `--format cdk` prints, with stand-ins for the CDK. */
function runCdk(text: string) {
	const body = text
		.replaceAll(/^import .*$/gm, "")
		.replaceAll(/: (CorsRule|LifecycleRule\[\]|PolicyStatement\[\]|EventPattern)/g, "")
		.replaceAll(/\((bucket: IBucket|origins: string\[\])(, readers: string\[\])?\)/g, (list) =>
			list.replaceAll(/: [\w[\]]+/g, ""),
		);
	const exported = [...body.matchAll(/^export const (\w+)/gm)].map(([, name]) => name);
	const run = new Function(
		"PolicyStatement",
		"HttpMethods",
		"Duration",
		`${body.replaceAll("export const", "const")}\nreturn { ${exported.join(", ")} };`,
	);
	const same = { fromJson: (statement: unknown) => statement };
	const methods = { PUT: "PUT", GET: "GET", HEAD: "HEAD" };
	return run(same, methods, { days: (days: number) => days });
}

test("the CDK module has the same policies, rules and events as JSON", () => {
	const module = runCdk(cdk(documents, names, open));
	const bucket = { bucketArn: arn, bucketName: "my-bucket" };
	expect(module.uploadsStatements(bucket)).toEqual(expected.role.Statement);
	expect(module.processorStatements(bucket)).toEqual(expected["processor-role"].Statement);
	expect(module.bucketStatements(bucket, given.readers)).toEqual(expected.bucket.Statement);
	const [cors] = expected.cors.CORSRules;
	expect(module.corsRule(given.origins)).toEqual({
		allowedOrigins: cors.AllowedOrigins,
		allowedMethods: cors.AllowedMethods,
		allowedHeaders: cors.AllowedHeaders,
		exposedHeaders: cors.ExposeHeaders,
		maxAge: cors.MaxAgeSeconds,
	});
	expect(module.lifecycleRules).toEqual([
		{ id: "unfinished uploads", abortIncompleteMultipartUploadAfter: 31 },
		{
			id: "unprocessed uploads",
			prefix: ".skyput/",
			expiration: 31,
			noncurrentVersionExpiration: 31,
		},
	]);
	const { "detail-type": detailType, ...pattern } = expected.notifications.EventPattern;
	expect(module.quarantineEvents(bucket)).toEqual({ ...pattern, detailType });
});

const interpolate = (literals: TemplateStringsArray, ...values: string[]) =>
	literals.reduce((text, literal, index) => text + values[index - 1] + literal);

/** Runs the lines that `--format sst` prints, with stand-ins for SST. */
function runSst(text: string) {
	const made: Record<string, Record<string, unknown>> = {};
	const make = function (this: object, name: string, args: Record<string, unknown>) {
		made[name] = args;
		Object.assign(this, { name: "my-bucket", arn });
	};
	const aws = {
		iam: { Policy: make },
		s3: { BucketLifecycleConfigurationV2: make, BucketNotification: make },
		cloudwatch: { EventRule: make, EventTarget: make },
		lambda: { Permission: make },
	};
	const run = new Function("sst", "aws", "$jsonStringify", "$interpolate", text);
	run({ aws: { Bucket: make } }, aws, (value: unknown) => value, interpolate);
	return made;
}

test("the lines for SST have the same policies, rules and events as JSON", () => {
	const made = runSst(sst(documents, names, given));
	expect(made["UploadsPolicy"]?.["policy"]).toEqual(expected.role);
	expect(made["ProcessorPolicy"]?.["policy"]).toEqual(expected["processor-role"]);
	const { transform, cors } = made["Uploads"] as {
		transform: { policy(args: object): void };
		cors: object;
	};
	const args = { bucket: "my-bucket", policy: undefined };
	transform.policy(args);
	expect(args.policy).toEqual(expected.bucket);
	const [rule] = expected.cors.CORSRules;
	expect(cors).toEqual({
		allowOrigins: rule.AllowedOrigins,
		allowMethods: rule.AllowedMethods,
		allowHeaders: rule.AllowedHeaders,
		exposeHeaders: rule.ExposeHeaders,
		maxAge: "3600 seconds",
	});
	expect(made["UploadsLifecycle"]).toMatchObject({
		bucket: "my-bucket",
		rules: [
			{ abortIncompleteMultipartUpload: { daysAfterInitiation: 31 } },
			{ filter: { prefix: ".skyput/" }, expiration: { days: 31 } },
		],
	});
	expect(made["QuarantineRule"]).toEqual({ eventPattern: expected.notifications.EventPattern });
});
