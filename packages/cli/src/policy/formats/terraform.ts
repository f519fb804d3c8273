import type { LifecycleRule, PolicyDocuments } from "../documents.js";
import type { Statement } from "../role.js";
import type { Reference, Value } from "../values.js";
import {
	asked,
	type DocumentName,
	type Format,
	type Given,
	isAsked,
	isRole,
	policy,
} from "./format.js";
import { hcl, hclText, print, type Syntax } from "./print.js";

const syntaxFor = (given: Given): Syntax => {
	const syntax = hcl(({ reference, suffix = "" }: Reference) => {
		if (isAsked(reference)) {
			const value = given[reference];
			return value === undefined ? `var.${reference}` : print(value, syntax, 0);
		}
		const member = reference === "bucketArn" ? "arn" : "id";
		const bucket = `aws_s3_bucket.uploads.${member}`;
		return suffix === "" ? bucket : `"\${${bucket}}${hclText(suffix)}"`;
	});
	return syntax;
};

const quoted = (text: string): string => JSON.stringify(text);

/** Lines, one indent deeper. */
const indent = (text: string): string => text.replaceAll(/^(?=.)/gm, "  ");

const resource = (type: string, name: string, body: readonly string[]): string =>
	`resource ${quoted(type)} ${quoted(name)} {\n${indent(body.join("\n"))}\n}\n`;

const bucket = "bucket = aws_s3_bucket.uploads.id";

function lifecycleRule({ id, prefix, abortAfter, expireAfter }: LifecycleRule): string {
	const blocks = [
		`filter {\n  prefix = ${quoted(prefix)}\n}`,
		...(abortAfter === undefined
			? []
			: [`abort_incomplete_multipart_upload {\n  days_after_initiation = ${abortAfter}\n}`]),
		...(expireAfter === undefined
			? []
			: [
					`expiration {\n  days = ${expireAfter}\n}`,
					`noncurrent_version_expiration {\n  noncurrent_days = ${expireAfter}\n}`,
				]),
	];
	const head = `id     = ${quoted(id)}\nstatus = "Enabled"`;
	return `\nrule {\n${indent([head, ...blocks].join("\n\n"))}\n}`;
}

/** The parts of the file, by document. */
function partsOf(
	documents: PolicyDocuments,
	name: DocumentName,
	syntax: Syntax,
): readonly string[] {
	const encoded = (value: Value): string => `jsonencode(${print(value, syntax, 0)})`;
	const policyOf = (statements: readonly Statement[]) => `policy = ${encoded(policy(statements))}`;
	if (isRole(name)) {
		const label = name === "role" ? "uploads" : name.replace("-role", "");
		return [
			resource("aws_iam_policy", label, [
				`name_prefix = ${quoted(`${label}-`)}`,
				policyOf(documents.roles[name]),
			]),
		];
	}
	const { cors, lifecycle, events } = documents;
	switch (name) {
		case "bucket":
			return [resource("aws_s3_bucket_policy", "uploads", [bucket, policyOf(documents.bucket)])];
		case "cors":
			return [
				resource("aws_s3_bucket_cors_configuration", "uploads", [
					bucket,
					"",
					"cors_rule {",
					`  allowed_origins = ${print({ reference: "origins" }, syntax, 0)}`,
					`  allowed_methods = ${print(cors.methods, syntax, 0)}`,
					`  allowed_headers = ${print(cors.headers, syntax, 0)}`,
					`  expose_headers  = ${print(cors.exposed, syntax, 0)}`,
					`  max_age_seconds = ${cors.maxAge}`,
					"}",
				]),
			];
		case "lifecycle":
			return [
				resource("aws_s3_bucket_lifecycle_configuration", "uploads", [
					bucket,
					...lifecycle.map(lifecycleRule),
				]),
			];
		case "notifications":
			return [
				resource("aws_s3_bucket_notification", "uploads", [
					"bucket      = aws_s3_bucket.uploads.id",
					"eventbridge = true",
				]),
				resource("aws_cloudwatch_event_rule", "quarantine", [
					`description = "Uploads that wait to be processed"`,
					`event_pattern = ${encoded(events ?? {})}`,
				]),
				resource("aws_cloudwatch_event_target", "quarantine", [
					"rule = aws_cloudwatch_event_rule.quarantine.name",
					`arn  = ${print({ reference: "processor" }, syntax, 0)}`,
				]),
				resource("aws_lambda_permission", "quarantine", [
					'action        = "lambda:InvokeFunction"',
					`function_name = ${print({ reference: "processor" }, syntax, 0)}`,
					'principal     = "events.amazonaws.com"',
					"source_arn    = aws_cloudwatch_event_rule.quarantine.arn",
				]),
			];
	}
}

/** Resources for a bucket that is called `aws_s3_bucket.uploads`. */
export const terraform: Format = (documents, names, given) => {
	const syntax = syntaxFor(given);
	const parts = names.flatMap((name) => partsOf(documents, name, syntax));
	const declared = Object.entries(asked)
		.filter(([name]) => parts.some((part) => part.includes(`var.${name}`)))
		.map(([name, description]) => {
			const type = name === "processor" ? "string" : "list(string)";
			return `variable ${quoted(name)} {\n  description = ${quoted(description)}\n  type        = ${type}\n}\n`;
		});
	return ["# For a bucket called aws_s3_bucket.uploads.\n", ...declared, ...parts].join("\n");
};
