import type { PolicyDocuments } from "../documents.js";
import type { RoleName, Statement } from "../role.js";
import type { ReferenceName, Value } from "../values.js";

/** The documents by the names of `--document`. */
export type DocumentName = RoleName | "bucket" | "cors" | "lifecycle" | "notifications";

/** What options gave; undefined: the template asks for it. */
export interface Given {
	readonly bucketName: string | undefined;
	readonly origins: readonly string[] | undefined;
	readonly readers: readonly string[] | undefined;
	readonly processor: string | undefined;
}

/** What templates ask for, as they describe it. */
export const asked = {
	origins: "Origins of the web pages that upload, such as https://app.example.com",
	readers: "ARNs of the roles that may read what is not processed yet",
	processor: "ARN of the function that handles object events",
} as const;

export const isAsked = (name: ReferenceName): name is keyof typeof asked => name in asked;

/** Writes the documents that are asked for. */
export type Format = (
	documents: PolicyDocuments,
	names: readonly DocumentName[],
	given: Given,
) => string;

export const isRole = (name: DocumentName): name is RoleName =>
	name === "role" || name.endsWith("-role");

/** A policy of AWS. */
export const policy = (statements: readonly Statement[]): { readonly [member: string]: Value } => ({
	Version: "2012-10-17",
	Statement: statements,
});

/** The name of a role's policy in templates: `UploadsPolicy`, `SigningPolicy`, … */
export const policyName = (name: RoleName): string => {
	const word = name === "role" ? "uploads" : name.replace("-role", "");
	return `${word[0]?.toUpperCase()}${word.slice(1)}Policy`;
};
