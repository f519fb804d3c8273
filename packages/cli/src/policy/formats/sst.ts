import type { PolicyDocuments } from "../documents.js";
import type { Reference, Value } from "../values.js";
import {
	type DocumentName,
	type Format,
	type Given,
	isRole,
	policy,
	policyName,
} from "./format.js";
import { lifecycleRule, type Members } from "./json.js";
import { print, type Syntax, template, typescript } from "./print.js";

const syntaxFor = (given: Given, bucketName: string): Syntax => {
	const syntax = typescript(({ reference, suffix = "" }: Reference) => {
		if (reference === "bucketName") return bucketName;
		if (reference === "bucketArn") {
			// the component hands the name to its policy before there is a component
			return bucketName === "args.bucket"
				? `$interpolate\`arn:aws:s3:::${template(bucketName, suffix).slice(1)}`
				: `$interpolate${template("bucket.arn", suffix)}`;
		}
		const value = given[reference];
		return value === undefined ? reference : print(value, syntax, 0);
	});
	return syntax;
};

/** Pulumi spells the members of the API in its own way: `Filter` is `filter`, and `ID` is `id`. */
const respelled = (members: Members): Members =>
	Object.fromEntries(
		Object.entries(members).map(([name, value]) => [
			name.replace(/^(ID$|.)/, (start) => start.toLowerCase()),
			typeof value === "object" ? respelled(value as Members) : value,
		]),
	);

function bucketOf(
	{ cors, bucket }: PolicyDocuments,
	names: readonly DocumentName[],
	given: Given,
): string {
	const corsArgs: Value = {
		allowOrigins: { reference: "origins" },
		allowMethods: cors.methods,
		allowHeaders: cors.headers,
		exposeHeaders: cors.exposed,
		maxAge: `${cors.maxAge} seconds`,
	};
	const own = print(policy(bucket), syntaxFor(given, "args.bucket"), 3);
	return [
		'const bucket = new sst.aws.Bucket("Uploads", {',
		...(names.includes("cors")
			? [`\tcors: ${print(corsArgs, syntaxFor(given, "bucket.name"), 1)},`]
			: []),
		...(names.includes("bucket")
			? [
					"\ttransform: {",
					"\t\tpolicy: (args) => {",
					`\t\t\targs.policy = $jsonStringify(${own});`,
					"\t\t},",
					"\t},",
				]
			: []),
		"});\n",
	].join("\n");
}

function resourceOf(documents: PolicyDocuments, name: DocumentName, syntax: Syntax): string {
	const made = (variable: string, type: string, id: string, args: string) =>
		`${variable === "" ? "" : `const ${variable} = `}new ${type}("${id}", ${args});\n`;
	if (isRole(name)) {
		const id = policyName(name);
		const text = print(policy(documents.roles[name]), syntax, 1);
		const variable = `${id[0]?.toLowerCase()}${id.slice(1)}`;
		return made(variable, "aws.iam.Policy", id, `{\n\tpolicy: $jsonStringify(${text}),\n}`);
	}
	if (name === "lifecycle") {
		const args: Value = {
			bucket: { reference: "bucketName" },
			rules: documents.lifecycle.map((rule) => respelled(lifecycleRule(rule))),
		};
		const type = "aws.s3.BucketLifecycleConfigurationV2";
		return made("", type, "UploadsLifecycle", print(args, syntax, 0));
	}
	if (name !== "notifications") return "";
	const pattern = print(documents.events ?? {}, syntax, 1);
	const processor = print({ reference: "processor" }, syntax, 0);
	return [
		made(
			"",
			"aws.s3.BucketNotification",
			"UploadsNotification",
			"{\n\tbucket: bucket.name,\n\teventbridge: true,\n}",
		),
		made(
			"quarantineRule",
			"aws.cloudwatch.EventRule",
			"QuarantineRule",
			`{\n\teventPattern: $jsonStringify(${pattern}),\n}`,
		),
		made(
			"",
			"aws.cloudwatch.EventTarget",
			"QuarantineTarget",
			`{\n\trule: quarantineRule.name,\n\tarn: ${processor},\n}`,
		),
		made(
			"",
			"aws.lambda.Permission",
			"QuarantinePermission",
			`{\n\taction: "lambda:InvokeFunction",\n\tfunction: ${processor},\n\tprincipal: "events.amazonaws.com",\n\tsourceArn: quarantineRule.arn,\n}`,
		),
	].join("\n");
}

/** Lines for `run()` of sst.config.ts; a function gets its rights by `policies: [uploadsPolicy.arn]`. */
export const sst: Format = (documents, names, given) =>
	[
		bucketOf(documents, names, given),
		...names.map((name) => resourceOf(documents, name, syntaxFor(given, "bucket.name"))),
	]
		.filter((part) => part !== "")
		.join("\n");
