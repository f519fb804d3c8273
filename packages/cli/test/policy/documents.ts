import { defineUploads, type Uploads } from "@skyput/server";
import { policyDocuments } from "../../src/policy/documents.js";
import type { DocumentName } from "../../src/policy/formats/format.js";
import { json } from "../../src/policy/formats/json.js";
import type { RoleName, Setup } from "../../src/policy/role.js";

type Table = Parameters<typeof defineUploads<unknown, unknown>>[0];

export const server: Setup = { plain: false, staged: false };

/** The table that the documents and examples use. */
export const exampleUploads: Uploads = defineUploads({
	"users/:userId/*path": {
		maxSize: "5 GB",
		authorize: ({ principal, params }) => principal?.sub === params.userId,
	},
});

/** One document of a table, in the JSON that AWS takes. */
export function documentOf(
	uploads: Uploads | Table,
	name: DocumentName,
	options: Parameters<typeof policyDocuments>[1] = server,
): unknown {
	const table = "rules" in uploads ? (uploads as Uploads) : defineUploads(uploads);
	const given = {
		bucketName: "my-bucket",
		origins: ["https://app.example.com"],
		readers: ["arn:aws:iam::123456789012:role/processor"],
		processor: undefined,
	};
	return JSON.parse(json(policyDocuments(table, options), [name], given));
}

/** The keys of each action, such as `{ "s3:PutObject": ["users/*"] }`. */
export function rightsOf(
	uploads: Uploads | Table,
	name: RoleName = "role",
	options: Parameters<typeof policyDocuments>[1] = server,
): Readonly<Record<string, readonly string[]>> {
	const { Statement } = documentOf(uploads, name, options) as {
		Statement: { Action: string[]; Resource: string[] }[];
	};
	return Object.fromEntries(
		Statement.flatMap(({ Action, Resource }) =>
			Action.map((action) => [
				action,
				Resource.map((arn) => arn.replace(/^arn:aws:s3:::my-bucket\/?/, "")),
			]),
		),
	);
}
