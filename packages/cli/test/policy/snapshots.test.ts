import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { loadUploads } from "../../src/load-uploads.js";
import { policyDocuments } from "../../src/policy/documents.js";
import { cdk } from "../../src/policy/formats/cdk.js";
import { cloudformation } from "../../src/policy/formats/cloudformation.js";
import type { DocumentName, Given } from "../../src/policy/formats/format.js";
import { sst } from "../../src/policy/formats/sst.js";
import { terraform } from "../../src/policy/formats/terraform.js";
import { documentOf, exampleUploads, server } from "./documents.js";

// What the documents and examples ship is what the command prints for their tables.

const root = fileURLToPath(new URL("../../../../", import.meta.url));
const read = (path: string) => readFile(root + path, "utf8");

/** What the command prints without --document for a table without quarantine. */
const shipped: readonly DocumentName[] = ["role", "bucket", "cors", "lifecycle"];

/** The templates ask for everything. */
const given: Given = {
	bucketName: undefined,
	origins: undefined,
	readers: undefined,
	processor: undefined,
};

/** The first JSON block below a heading of a page. */
async function blockOf(heading: string, name = "storage"): Promise<unknown> {
	const page = await read(`docs/${name}.md`);
	const [, json = "null"] =
		new RegExp(`## ${heading}\n.*?\`\`\`json\n(.*?)\`\`\``, "s").exec(page) ?? [];
	return JSON.parse(json);
}

test.each([
	["Role policy", "role"],
	["Bucket policy", "bucket"],
	["CORS rule", "cors"],
	["Lifecycle rule", "lifecycle"],
] as const)(
	"the section %s of docs/storage.md is printed by the command",
	async (heading, name) => {
		expect(await blockOf(heading)).toEqual(documentOf(exampleUploads, name));
	},
);

test("the statements that deny unsigned headers are printed by the command", async () => {
	const signer = "arn:aws:iam:::user/uploads";
	const { Statement } = documentOf(exampleUploads, "bucket", { ...server, signer }) as {
		Statement: { Condition: object }[];
	};
	const unsigned = Statement.filter(({ Condition }) => "StringLike" in Condition);
	expect(await blockOf("Unsigned headers")).toMatchObject({ Statement: unsigned });
});

test("the read gate of docs/after-upload.md is printed by the command", async () => {
	const table = { "documents/:userId/:name": {} };
	const { Statement } = documentOf(table, "bucket", { ...server, readGate: true }) as {
		Statement: { Condition: object }[];
	};
	const gate = Statement.filter(({ Condition }) => "ArnNotEqualsIfExists" in Condition);
	expect(gate).toHaveLength(3);
	expect(await blockOf("Without quarantine", "after-upload")).toMatchObject({ Statement: gate });
});

/** CloudFormation's short functions, as objects. */
const customTags = ["Ref", "Sub", "GetAtt"]
	.map((name) => ({ tag: `!${name}`, resolve: (value: string): unknown => ({ [name]: value }) }))
	.concat(
		["If", "Join", "Not", "Equals"].map((name) => ({
			tag: `!${name}`,
			collection: "seq",
			resolve: (): unknown => ({ [name]: [] }),
		})),
	);

test("the SAM template has what is printed for its table", async () => {
	const { uploads } = await loadUploads(root, { path: "examples/lambda-s3/src/uploads.ts" });
	const documents = policyDocuments(uploads, server);
	const text = cloudformation(documents, shipped, given);
	const printed = parse(text, { customTags }).Resources;
	const { Resources } = parse(await read("examples/lambda-s3/template.yaml"), { customTags });
	const { Bucket, BucketPolicy, UploadsPolicy } = Resources;
	expect({ BucketPolicy, UploadsPolicy }).toEqual({
		BucketPolicy: printed.BucketPolicy,
		UploadsPolicy: printed.UploadsPolicy,
	});
	expect(Bucket.Properties).toMatchObject(printed.Bucket.Properties);
});

test("the SAM template with a scanner has what is printed for its table, for roles of its own", async () => {
	const { uploads } = await loadUploads(root, { path: "examples/after-upload/src/uploads.ts" });
	const documents = policyDocuments(uploads, server);
	const names = [...shipped, "processor-role", "notifications"] as const;
	const text = cloudformation(documents, names, given);
	const printed = parse(text, { customTags }).Resources;
	const file = await read("examples/after-upload/template.yaml");
	const { Resources } = parse(file, { customTags });
	const { UploadsPolicy, ProcessorPolicy, Bucket, BucketPolicy } = Resources;
	expect({ UploadsPolicy, ProcessorPolicy }).toEqual({
		UploadsPolicy: printed.UploadsPolicy,
		ProcessorPolicy: printed.ProcessorPolicy,
	});
	expect(Bucket.Properties).toMatchObject(printed.Bucket.Properties);
	const statements = BucketPolicy.Properties.PolicyDocument.Statement;
	const [readers] = statements.slice(-1);
	readers.Condition.ArnNotEquals["aws:PrincipalArn"] = { Ref: "Readers" };
	expect(statements).toEqual(printed.BucketPolicy.Properties.PolicyDocument.Statement);
});

test("the CDK example has the module that is printed for its table", async () => {
	const { uploads } = await loadUploads(root, { path: "examples/aws-cdk/src/uploads.ts" });
	expect(await read("examples/aws-cdk/lib/policy.ts")).toBe(
		cdk(policyDocuments(uploads, server), shipped, given),
	);
});

test("the Terraform module has the resources that are printed for its table", async () => {
	const { uploads } = await loadUploads(root, { path: "examples/terraform/src/uploads.ts" });
	expect(await read("examples/terraform/policy.tf")).toBe(
		terraform(policyDocuments(uploads, server), shipped, given),
	);
});

test("docs/policy.md has the lines for SST that are printed", async () => {
	const origins = ["https://app.example.com"];
	const printed = sst(policyDocuments(exampleUploads, server), shipped, { ...given, origins });
	expect(await read("docs/policy.md")).toContain(`\`\`\`js\n${printed}\`\`\``);
});
